#include "kernels/libraries.hpp"

#include <dlfcn.h>

namespace dojima::kernels {

library::library(const char* name, const char* package, std::initializer_list<const char*> names)
    : name_(name), package_(package) {
  std::string problem;
  for (const char* file : names) {
    loaded_before_ = (handle_ = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) != nullptr;
    if (loaded_before_ || (handle_ = dlopen(file, RTLD_NOW | RTLD_LOCAL)) != nullptr) return;
    const char* text = dlerror();
    // A file that is there but does not load says more than the names that are not there.
    if (problem.empty() || (text != nullptr && !std::string(text).ends_with("No such file or directory")))
      problem = text != nullptr ? text : file;
  }
  throw library_error(std::string(name_) + " is not usable (" + problem + "); install the package " + package_);
}

void* library::find(const std::string& symbol) const { return dlsym(handle_, symbol.c_str()); }

void* library::required(const std::string& symbol) const {
  if (void* function = find(symbol)) return function;
  throw library_error(std::string(name_) + " is too old (no function " + symbol + "); update the package " + package_);
}

} // namespace dojima::kernels
