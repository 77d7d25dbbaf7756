#include "io/write.hpp"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "dojima/error.hpp"

namespace dojima::io {
namespace {

const char* suggestion(const std::error_code& problem) {
  if (problem == std::errc::no_such_file_or_directory || problem == std::errc::not_a_directory) return "make its directory";
  if (problem == std::errc::is_a_directory) return "name a file";
  if (problem == std::errc::no_space_on_device) return "make room, or name a place elsewhere";
  return "name a place that you may write to";
}

} // namespace

void write_whole(const std::filesystem::path& file, const std::string& bytes) {
  const std::filesystem::path part = file.parent_path() / ("." + file.filename().string() + ".part" + std::to_string(getpid()));
  const auto refuse = [&](const std::error_code& problem) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw error(file.string() + ": cannot be written (" + problem.message() + "); " + suggestion(problem));
  };
  errno = 0;
  std::ofstream out(part, std::ios::binary);
  out << bytes;
  out.close();
  if (!out) refuse({errno, std::generic_category()});
  std::error_code problem;
  std::filesystem::rename(part, file, problem);
  if (problem) refuse(problem);
}

} // namespace dojima::io
