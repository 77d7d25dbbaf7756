// What the users of CUDA's large libraries share: memory in stream order, handles that are lent, and checks.
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels/backend.hpp"

namespace dojima::kernels {

inline void check_cuda(cudaError_t status, const char* operation) {
  if (status != cudaSuccess) {
    cudaGetLastError(); // clears an error that is not sticky
    throw std::runtime_error(std::string("CUDA: ") + operation + " failed (" + cudaGetErrorString(status) + ")");
  }
}

/// For the status of a library, whose 0 is success.
inline void check_library(int status, const char* function) {
  if (status != 0)
    throw std::runtime_error(std::string("CUDA: ") + function + " failed (status " + std::to_string(status) + ")");
}

/// Makes the device of a stream current in this thread.
inline cudaStream_t use_device_of(void* stream) {
  const auto queue = static_cast<cudaStream_t>(stream);
  int device = 0;
  check_cuda(cudaStreamGetDevice(queue, &device), "finding a stream's device");
  check_cuda(cudaSetDevice(device), "selecting the device");
  return queue;
}

/// Work space, given back in the stream's order.
class device_memory {
public:
  device_memory(backend& owner, std::size_t bytes, void* stream)
      : owner_(&owner), stream_(stream), data_(bytes > 0 ? owner.allocate(bytes, stream) : nullptr) {}
  ~device_memory() {
    if (data_ != nullptr) owner_->release(data_, stream_);
  }
  device_memory(const device_memory&) = delete;
  device_memory& operator=(const device_memory&) = delete;

  template <class T = void> T* as() const { return static_cast<T*>(data_); }

private:
  backend* owner_;
  void* stream_;
  void* data_;
};

/// Library handles, one for each concurrent call: a handle serves one thread at a time. None is ever destroyed, because the
/// library may be gone before a static object is.
template <class Handle> class handle_pool {
public:
  class lease {
  public:
    lease(handle_pool& pool, Handle* handle) : pool_(pool), handle_(handle) {}
    lease(lease&& other) noexcept : pool_(other.pool_), handle_(std::exchange(other.handle_, nullptr)) {}
    ~lease() {
      if (handle_ == nullptr) return;
      const std::lock_guard lock(pool_.guard_);
      pool_.idle_.push_back(handle_); // never allocates: room was made when the handle was
    }
    Handle& operator*() const { return *handle_; }
    Handle* operator->() const { return handle_; }

  private:
    handle_pool& pool_;
    Handle* handle_;
  };

  lease borrow() {
    {
      const std::lock_guard lock(guard_);
      if (!idle_.empty()) {
        Handle* handle = idle_.back();
        idle_.pop_back();
        return lease(*this, handle);
      }
      idle_.reserve(++made_);
    }
    return lease(*this, new Handle);
  }

private:
  std::mutex guard_;
  std::vector<Handle*> idle_;
  std::size_t made_ = 0;
};

} // namespace dojima::kernels
