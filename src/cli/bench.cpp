// dojima bench
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/commands.hpp"
#include "dojima/error.hpp"

namespace dojima::cli {

int run_bench(std::vector<std::string> options) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "dojima_bench";
  std::string name = program.string();
  std::vector<char*> arguments{name.data()};
  for (std::string& o : options) arguments.push_back(o.data());
  arguments.push_back(nullptr);
  execv(name.c_str(), arguments.data());
  throw input_error("the benchmarks cannot be started (" + name + ": " + std::strerror(errno) +
                    "); they are built with -DDOJIMA_BENCH=ON, by `make bench` or `make test`");
}

} // namespace dojima::cli
