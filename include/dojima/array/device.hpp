// Where arrays live and kernels run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dojima {

namespace kernels {
class backend;
}

/// A processor: the CPU (always there) or one NVIDIA GPU. A small value; compare and copy freely.
class device {
public:
  /// The CPU with its widest instruction set.
  static device cpu();
  /// The CPU with a named instruction set, "avx512", "avx2" or "plain"; device_error when this processor lacks it.
  static device cpu(std::string_view instruction_set);
  /// GPU number `ordinal`; device_error, saying why, when there is none.
  static device cuda(int ordinal = 0);
  /// The first GPU, or the CPU when there is none.
  static device best();
  /// "auto", "cpu", "cpu:avx2", "cuda" or "cuda:N"; input_error for another text.
  static device parse(std::string_view text);
  /// Every device of this machine, the CPU first.
  static std::vector<device> all();
  /// Why there is no GPU (no driver, built without CUDA, ...); empty when there is one.
  static std::string cuda_status();

  bool is_cuda() const { return ordinal_ >= 0; }
  std::string id() const;              ///< "cpu", "cuda:0"
  std::string name() const;            ///< "NVIDIA H200", the processor's model name
  std::string instruction_set() const; ///< "avx512", "avx2", "plain", "sm_90"
  std::size_t memory_bytes() const;    ///< total memory
  /// Whether double-precision results have the same bits as on every other device: false on a CPU without fused multiply-add.
  bool bitwise() const { return instruction_set() != "plain"; }

  kernels::backend& backend() const { return *backend_; } ///< for the library's own code
  friend bool operator==(const device& a, const device& b) { return a.backend_ == b.backend_; }

private:
  device(kernels::backend& backend, int ordinal) : backend_(&backend), ordinal_(ordinal) {}
  kernels::backend* backend_;
  int ordinal_;
};

} // namespace dojima
