// QuantLib's finite-difference operators. Their headers need Boost's uBLAS, which up to 1.74 is no C++20: they are made in a
// source of C++17.
#pragma once

#include <ql/processes/blackscholesprocess.hpp>
#include <ql/processes/hestonprocess.hpp>

namespace QuantLib {
class FdmLinearOpComposite;
class FdmMesher;
} // namespace QuantLib

namespace dojima::quantlib {

/// local: with the process' local volatility, else its Black volatility.
QuantLib::ext::shared_ptr<QuantLib::FdmLinearOpComposite>
black_scholes_operator(const QuantLib::ext::shared_ptr<QuantLib::FdmMesher>& mesher,
                       const QuantLib::ext::shared_ptr<QuantLib::GeneralizedBlackScholesProcess>& process, bool local);
QuantLib::ext::shared_ptr<QuantLib::FdmLinearOpComposite>
heston_operator(const QuantLib::ext::shared_ptr<QuantLib::FdmMesher>& mesher,
                const QuantLib::ext::shared_ptr<QuantLib::HestonProcess>& process);

} // namespace dojima::quantlib
