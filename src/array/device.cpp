#include "dojima/array/device.hpp"

#include <charconv>

#include "dojima/error.hpp"
#include "kernels/backend.hpp"

namespace dojima {

device device::cpu() { return {kernels::cpu_backend(), -1}; }

device device::cpu(std::string_view instruction_set) {
  if (kernels::backend* b = kernels::cpu_backend(std::string(instruction_set))) return {*b, -1};
  throw device_error("no CPU backend '" + std::string(instruction_set) + "' (this processor has up to " +
                     cpu().instruction_set() + "); use avx512, avx2 or plain");
}

device device::cuda(int ordinal) {
  const auto& gpus = kernels::cuda_backends();
  if (ordinal >= 0 && ordinal < static_cast<int>(gpus.size())) return {*gpus[static_cast<std::size_t>(ordinal)], ordinal};
  throw device_error("no device cuda:" + std::to_string(ordinal) + " (" +
                     (gpus.empty() ? cuda_status() : std::to_string(gpus.size()) + " GPU(s) here") + "); try --device cpu");
}

device device::best() { return kernels::cuda_backends().empty() ? cpu() : cuda(0); }

device device::parse(std::string_view text) {
  if (text == "auto") return best();
  if (text == "cpu") return cpu();
  if (text.starts_with("cpu:")) return cpu(text.substr(4));
  if (text == "cuda") return cuda(0);
  if (text.starts_with("cuda:")) {
    const std::string_view digits = text.substr(5);
    int ordinal = -1;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
    if (status == std::errc() && end == digits.data() + digits.size() && ordinal >= 0) return cuda(ordinal);
  }
  throw input_error("device '" + std::string(text) +
                    "' is not known (must be auto, cpu, cpu:avx512, cpu:avx2, cpu:plain, cuda or cuda:N); "
                    "`dojima devices` lists those here");
}

std::vector<device> device::all() {
  std::vector<device> devices{cpu()};
  for (std::size_t i = 0; i < kernels::cuda_backends().size(); ++i) devices.push_back(cuda(static_cast<int>(i)));
  return devices;
}

std::string device::cuda_status() { return kernels::cuda_status(); }

std::string device::id() const { return is_cuda() ? "cuda:" + std::to_string(ordinal_) : "cpu"; }
std::string device::name() const { return backend_->name(); }
std::string device::instruction_set() const { return backend_->instruction_set(); }
std::size_t device::memory_bytes() const { return backend_->memory_bytes(); }

} // namespace dojima
