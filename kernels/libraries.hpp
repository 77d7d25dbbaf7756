// Large libraries that are opened on first use, so that the program starts on a machine without them.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>

namespace dojima::kernels {

/// A library that is missing or too old; the text says which package brings it.
struct library_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A shared library, looked for beside our own (run path ../lib) and then where the system looks. It is never closed: its
/// threads and its exit handlers may outlive every object here. Meant for function-local statics: an attempt that failed is
/// repeated at the next use, and concurrent first uses wait for one another.
class library {
public:
  /// Opens the first of `names` that is found. `name` and `package` are for the error: "OpenBLAS", "libopenblas0-pthread".
  library(const char* name, const char* package, std::initializer_list<const char*> names);

  /// The function `symbol` of type F; library_error when the library lacks it.
  template <class F> F* function(const std::string& symbol) const { return reinterpret_cast<F*>(required(symbol)); }
  /// The same, or null.
  template <class F> F* optional(const std::string& symbol) const { return reinterpret_cast<F*>(find(symbol)); }
  bool was_loaded_before() const { return loaded_before_; } ///< somebody else in this process had opened it

private:
  void* find(const std::string& symbol) const;
  void* required(const std::string& symbol) const;

  const char* name_;
  const char* package_;
  void* handle_ = nullptr;
  bool loaded_before_ = false;
};

} // namespace dojima::kernels
