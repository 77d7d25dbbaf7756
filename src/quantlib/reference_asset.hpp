// An underlying of a market, in QuantLib's terms.
#pragma once

#include <ql/handle.hpp>
#include <ql/option.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/processes/hestonprocess.hpp>

#include <vector>

#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"
#include "quantlib/dates.hpp"

namespace dojima::quantlib {

namespace ql = QuantLib;
namespace ext = QuantLib::ext;

inline ql::Option::Type ql_type(option_type t) { return t == option_type::call ? ql::Option::Call : ql::Option::Put; }

using lognormal = ext::shared_ptr<ql::GeneralizedBlackScholesProcess>;

/// Its curves, its model, and under Black-Scholes its volatility at one strike. Refers to the market.
class asset {
public:
  /// strike: 0 for the spot.
  asset(const market& m, const underlying& of, double strike);

  const underlying& u;
  ql::Handle<ql::Quote> spot;
  ql::Handle<ql::YieldTermStructure> rates, yields;

  template <class Model> const Model* under() const { return std::get_if<Model>(&u.dynamics); }
  double time(date day) const { return m_.time_to(day); }
  double discount(double time) const { return m_.curves.at(u.currency).discount(time); }
  double growth(double time) const; ///< ln F(t) / S
  double forward(double time) const { return u.spot * std::exp(growth(time)); }
  double variance(double time) const; ///< of ln S under Black-Scholes; never decreases
  /// Whether rate, yield and volatility of Black-Scholes are the same up to a time.
  bool is_flat(double time) const;

  /// Black-Scholes with the discount factors and the volatility of a date as constants.
  lognormal constant_process(date expiry) const;
  /// Black-Scholes on the curves, with the variances of the market at `dates` (increasing), linear between them.
  lognormal curve_process(const std::vector<date>& dates) const;
  /// On the curves, with one volatility.
  lognormal curve_process(double sigma) const;
  /// On the curves, with the volatility of local_volatility_model or cev_model as a function of spot and time.
  lognormal local_process() const;
  /// Quadratic-exponential with martingale correction.
  ext::shared_ptr<ql::HestonProcess> heston_process(const heston_model& p) const;

private:
  const market& m_;
  double strike_;
};

} // namespace dojima::quantlib
