// Zero bonds and their options in the model of Cox, Ingersoll and Ross (1985), "A theory of the term structure of interest
// rates", Econometrica 53: dr = k (theta - r) dt + sigma sqrt(r) dW. Host only.
#pragma once

#include "models/closed_form/noncentral_chi_squared.hpp"

namespace dojima {

/// Rates r, theta and speed k per year, volatility sigma per year; r >= 0, the others above 0.
struct cox_ingersoll_ross {
  double short_rate, mean_reversion, long_rate, volatility;

  /// The price today of 1 at `time` is A e^(-B r), h = sqrt(k^2 + 2 sigma^2) (their (23)):
  ///   B = 2 (e^(ht) - 1) / D,  A = (2 h e^((k+h)t/2) / D)^(2 k theta / sigma^2),  D = 2h + (k+h) (e^(ht) - 1)
  struct bond_terms {
    double log_a, b;
  };
  double speed() const { return std::sqrt(mean_reversion * mean_reversion + 2 * volatility * volatility); }
  bond_terms terms(double time) const {
    const double h = speed(), decay = std::exp(-h * time), growth = -std::expm1(-h * time);
    const double denominator = 2 * h * decay + (mean_reversion + h) * growth; // D e^(-ht)
    const double power = 2 * mean_reversion * long_rate / (volatility * volatility);
    return {power * (std::log(2 * h / denominator) + 0.5 * (mean_reversion - h) * time), 2 * growth / denominator};
  }
  /// Relative error 1e-14.
  double bond(double time) const {
    const bond_terms t = terms(time);
    return std::exp(t.log_a - t.b * short_rate);
  }

  /// max(sign (P(expiry, maturity) - strike), 0) at expiry (their (32)): rates below r* = ln(A/K) / B exercise the call. Error
  /// 1e-12.
  double bond_option(double strike, double expiry, double maturity, double sign) const {
    const double h = speed(), bond_to_expiry = bond(expiry), bond_to_maturity = bond(maturity);
    const bond_terms t = terms(maturity - expiry);
    const double critical = (t.log_a - std::log(strike)) / t.b, variance = volatility * volatility;
    const double rho = 2 * h / (variance * std::expm1(h * expiry)), psi = (mean_reversion + h) / variance;
    const auto below = [&](double shift) { // P(r(expiry) < r*) under the measure of one bond or of the other
      const double scale = rho + psi + shift;
      return critical <= 0 ? 0.0
                           : noncentral_chi_squared_cdf(2 * critical * scale, 4 * mean_reversion * long_rate / variance,
                                                        2 * rho * rho * short_rate * std::exp(h * expiry) / scale);
    };
    const double call = bond_to_maturity * below(t.b) - strike * bond_to_expiry * below(0);
    return sign > 0 ? call : call - bond_to_maturity + strike * bond_to_expiry;
  }
};

} // namespace dojima
