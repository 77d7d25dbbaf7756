#include "quantlib/reference_operators.hpp"

#include <ql/methods/finitedifferences/operators/fdmblackscholesop.hpp>
#include <ql/methods/finitedifferences/operators/fdmhestonop.hpp>

namespace dojima::quantlib {

namespace ql = QuantLib;
using ql::ext::make_shared, ql::ext::shared_ptr;

shared_ptr<ql::FdmLinearOpComposite> black_scholes_operator(const shared_ptr<ql::FdmMesher>& mesher,
                                                            const shared_ptr<ql::GeneralizedBlackScholesProcess>& process,
                                                            bool local) {
  return make_shared<ql::FdmBlackScholesOp>(mesher, process, process->x0(), local);
}
shared_ptr<ql::FdmLinearOpComposite> heston_operator(const shared_ptr<ql::FdmMesher>& mesher,
                                                     const shared_ptr<ql::HestonProcess>& process) {
  return make_shared<ql::FdmHestonOp>(mesher, process);
}

} // namespace dojima::quantlib
