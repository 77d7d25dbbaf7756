#include "io/write.hpp"

#include <unistd.h>

#include <fstream>
#include <system_error>

#include "dojima/error.hpp"

namespace dojima::io {

void write_whole(const std::filesystem::path& file, const std::string& bytes) {
  const std::filesystem::path part = file.parent_path() / ("." + file.filename().string() + ".part" + std::to_string(getpid()));
  {
    std::ofstream out(part, std::ios::binary);
    out << bytes;
    out.close();
    if (!out) {
      std::error_code ignored;
      std::filesystem::remove(part, ignored);
      throw error(part.string() + ": cannot be written (is the disk full, or the directory read-only?)");
    }
  }
  std::error_code problem;
  std::filesystem::rename(part, file, problem);
  if (problem) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw error(file.string() + ": cannot be written (" + problem.message() + "); is it a directory?");
  }
}

} // namespace dojima::io
