// The unit of order: work on one stream runs in the order in which it was given.
#pragma once

#include <memory>

#include "dojima/array/device.hpp"

namespace dojima {

/// A queue of work on one device. Copies share the queue. Nothing waits for it unless `synchronize` or an array's `get` is
/// called. On the CPU each operation has ended when its call returns.
class stream {
public:
  explicit stream(device where = device::best());

  const device& where() const { return where_; }
  void synchronize() const;
  void* handle() const { return handle_.get(); } ///< the cudaStream_t; null on the CPU

private:
  device where_;
  std::shared_ptr<void> handle_;
};

} // namespace dojima
