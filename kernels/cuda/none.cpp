// Stands in for backend.cu in a build without CUDA.
#include "kernels/backend.hpp"
#include "kernels/linear.hpp"
#include "kernels/order.hpp"
#include "kernels/spectral.hpp"

namespace dojima::kernels {

const std::vector<backend*>& cuda_backends() {
  static const std::vector<backend*> none;
  return none;
}

const std::string& cuda_status() {
  static const std::string status = "built without CUDA";
  return status;
}

// Never called: there is no backend that could be their owner.
linear& cuda_linear(backend&) { throw std::logic_error(cuda_status()); }
order_kernels& cuda_order(backend&) { throw std::logic_error(cuda_status()); }
spectral& cuda_spectral(backend&) { throw std::logic_error(cuda_status()); }

} // namespace dojima::kernels
