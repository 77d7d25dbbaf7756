// Value-at-Risk and expected shortfall of losses whose law is known, and forecasts of variance. Losses are positive; `level` is
// a decimal in (0, 1), such as 0.99.
#pragma once

#include <span>
#include <vector>

namespace dojima {

struct loss_tail {
  double var = 0; ///< loss quantile
  double es = 0;  ///< mean of the losses beyond it
};

/// location + scale X with X standard normal.
loss_tail normal_tail(double location, double scale, double level);
/// The same with X Student-t of `degrees` (McNeil, Frey and Embrechts 2005, example 2.19); ES is infinite for degrees <= 1.
loss_tail student_tail(double location, double scale, double degrees, double level);
/// Loss of a value whose log return is N(mean, deviation^2).
loss_tail lognormal_tail(double value, double mean, double deviation, double level);
/// Losses beyond `threshold`, which a share `beyond` of them exceeds, follow the generalised Pareto law (McNeil, Frey and
/// Embrechts 2005, section 7.2.3); ES is infinite for shape >= 1.
loss_tail pareto_tail(double threshold, double shape, double scale, double beyond, double level);
/// The expansion of Cornish and Fisher (1938) around the normal quantile, from the loss's moments; ES is its mean beyond.
loss_tail cornish_fisher_tail(double mean, double deviation, double skewness, double excess_kurtosis, double level);

/// Weight of the observation `age` periods ago, 1 the latest, of `window` (Boudoukh, Richardson and Whitelaw 1998).
double exponential_weight(double decay, int window, int age);
/// The smallest loss at which the weights of losses up to it reach `level`; weights add up to 1.
double weighted_value_at_risk(std::span<const double> losses, std::span<const double> weights, double level);

/// theta + delta' x + x' Gamma x / 2 with x ~ N(0, covariance): a gain, as theta + sum of b_i z_i + l_i z_i^2 / 2 with
/// independent standard normal z_i.
class quadratic_gain {
public:
  /// input_error where the covariance is not positive definite.
  quadratic_gain(double theta, const std::vector<double>& delta, const std::vector<std::vector<double>>& gamma,
                 const std::vector<std::vector<double>>& covariance);

  double mean() const;
  /// Of order 2 to 4.
  double cumulant(int order) const;
  /// P(gain <= x): the inverse Laplace transform (Gil-Pelaez 1951) along a parabola that falls off like a Gaussian. Error
  /// 1e-10.
  double distribution(double x) const;
  /// Loss quantile: -x where P(gain <= x) = 1 - level.
  double value_at_risk(double level) const;

private:
  double theta_;
  std::vector<double> b_, l_;
};

/// Variance per period, s'^2 = omega + alpha r^2 + beta s^2 (Bollerslev 1986); omega = 0 and alpha + beta = 1 is an
/// exponentially weighted average (J.P. Morgan/Reuters 1996).
struct garch {
  double omega = 0, alpha = 0, beta = 0;
  double updated(double variance, double previous_return) const;
  double long_run() const;
  /// Expected variance `periods` from now.
  double forecast(double variance, double periods) const;
  /// Expected mean of the variance over the next `periods`, in continuous time (Hull 2018, "Options, Futures, and Other
  /// Derivatives", section 23.6).
  double mean_forecast(double variance, double periods) const;
};

} // namespace dojima
