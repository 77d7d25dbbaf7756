#include "kernels/cuda/nvrtc.hpp"

#include <unistd.h>
#include <xxhash.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "kernels/libraries.hpp"
#include "kernels/runtime_headers.hpp"

namespace dojima {

namespace assets { // the files themselves, embedded by the build
#define DOJIMA_TEXT(path, name) extern const std::string_view name;
DOJIMA_RUNTIME_HEADERS(DOJIMA_TEXT)
#undef DOJIMA_TEXT
} // namespace assets

namespace kernels {
namespace {

namespace fs = std::filesystem;

std::atomic<int> compiled = 0;

// The part of NVRTC's interface that is used here; declared so that no CUDA header is needed to build.
using program_handle = struct opaque_program*;
struct nvrtc_functions {
  library file{"NVRTC", "cuda-nvrtc", {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", "/usr/local/cuda/lib64/libnvrtc.so"}};
  int (*version)(int*, int*) = file.function<int(int*, int*)>("nvrtcVersion");
  int (*create)(program_handle*, const char*, const char*, int, const char* const*, const char* const*) =
      file.function<int(program_handle*, const char*, const char*, int, const char* const*, const char* const*)>(
          "nvrtcCreateProgram");
  int (*destroy)(program_handle*) = file.function<int(program_handle*)>("nvrtcDestroyProgram");
  int (*compile)(program_handle, int,
                 const char* const*) = file.function<int(program_handle, int, const char* const*)>("nvrtcCompileProgram");
  int (*log_size)(program_handle, std::size_t*) = file.function<int(program_handle, std::size_t*)>("nvrtcGetProgramLogSize");
  int (*log)(program_handle, char*) = file.function<int(program_handle, char*)>("nvrtcGetProgramLog");
  int (*code_size)(program_handle, std::size_t*) = file.function<int(program_handle, std::size_t*)>("nvrtcGetCUBINSize");
  int (*code)(program_handle, char*) = file.function<int(program_handle, char*)>("nvrtcGetCUBIN");
};

const nvrtc_functions& nvrtc() {
  static const nvrtc_functions& functions = *new nvrtc_functions;
  return functions;
}

/// What a source may include.
struct header {
  std::string name, text;
};
const std::vector<header>& headers() {
#define DOJIMA_TEXT(path, name) {path, std::string(assets::name)},
  static const std::vector<header>& all = *new std::vector<header>{DOJIMA_RUNTIME_HEADERS(DOJIMA_TEXT)};
#undef DOJIMA_TEXT
  return all;
}

fs::path cache_directory() {
  if (const char* own = std::getenv("DOJIMA_CACHE_DIR")) return own;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg != nullptr && *xdg != '\0') return fs::path(xdg) / "dojima";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return fs::path(home) / ".cache" / "dojima";
  return {};
}

std::string hash_of(const std::string& text) {
  const XXH128_hash_t h = XXH3_128bits(text.data(), text.size());
  char hex[33];
  std::snprintf(hex, sizeof hex, "%016llx%016llx", static_cast<unsigned long long>(h.high64),
                static_cast<unsigned long long>(h.low64));
  return hex;
}

// A cached file is its own hash, which tells a truncated or foreign one, then the code.
std::string read_cached(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.size() <= 32) return {};
  std::string code = text.substr(32);
  return text.compare(0, 32, hash_of(code)) == 0 ? code : std::string();
}
void write_cached(const fs::path& file, const std::string& code) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  const fs::path part = file.string() + "." + std::to_string(getpid());
  {
    std::ofstream out(part, std::ios::binary);
    out << hash_of(code) << code;
    if (!out.flush()) {
      fs::remove(part, ignored);
      return;
    }
  }
  fs::rename(part, file, ignored); // whole or not at all, also with several processes
}

std::string run_compiler(const std::string& source, std::span<const std::string> options) {
  std::vector<const char*> names, texts;
  for (const header& h : headers()) {
    names.push_back(h.name.c_str());
    texts.push_back(h.text.c_str());
  }
  const auto check = [](int status, const char* what) {
    if (status != 0)
      throw std::runtime_error(std::string("NVRTC: ") + what + " failed (status " + std::to_string(status) + ")");
  };
  program_handle handle = nullptr;
  check(nvrtc().create(&handle, source.c_str(), "kernel.cu", static_cast<int>(texts.size()), texts.data(), names.data()),
        "reading the source");
  const struct closer {
    program_handle* handle;
    ~closer() { nvrtc().destroy(handle); }
  } close{&handle};
  std::vector<const char*> arguments;
  for (const std::string& option : options) arguments.push_back(option.c_str());
  ++compiled;
  if (nvrtc().compile(handle, static_cast<int>(arguments.size()), arguments.data()) != 0) {
    std::size_t size = 0;
    check(nvrtc().log_size(handle, &size), "reading the log");
    std::string log(size, '\0');
    check(nvrtc().log(handle, log.data()), "reading the log");
    throw std::runtime_error("CUDA source does not compile:\n" + std::string(log.c_str()));
  }
  std::size_t size = 0;
  check(nvrtc().code_size(handle, &size), "reading the code");
  std::string code(size, '\0');
  check(nvrtc().code(handle, code.data()), "reading the code");
  return code;
}

} // namespace

std::string compile(const std::string& source, const std::string& architecture, std::span<const std::string> extra,
                    dialect as) {
  std::vector<std::string> options{"-arch=" + architecture, "-std=c++20"};
  if (as != dialect::plain) options.insert(options.end(), {"-minimal", "-DDOJIMA_ISA=gpu"});
  if (as == dialect::bitwise) options.emplace_back("-fmad=false");
  options.insert(options.end(), extra.begin(), extra.end());

  int major = 0, minor = 0;
  nvrtc().version(&major, &minor);
  std::string all = std::to_string(major) + "." + std::to_string(minor);
  for (const std::string& option : options) all += '\n' + option;
  if (as != dialect::plain)
    for (const header& h : headers()) all += h.text;
  const fs::path directory = cache_directory();
  const fs::path file = directory.empty() ? fs::path() : directory / (hash_of(all + source) + ".cubin");
  if (!file.empty())
    if (std::string code = read_cached(file); !code.empty()) return code;
  std::string code = run_compiler(source, options);
  if (!file.empty()) write_cached(file, code);
  return code;
}

int compilations() { return compiled; }

} // namespace kernels
} // namespace dojima
