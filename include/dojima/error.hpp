#pragma once

#include <stdexcept>

namespace dojima {

/// Every exception of the library. The text reads: problem (why); suggestion.
class error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Input that cannot be used: a file that does not parse, a parameter out of range.
class input_error : public error {
public:
  using error::error;
};

/// The device that was asked for is not there.
class device_error : public error {
public:
  using error::error;
};

} // namespace dojima
