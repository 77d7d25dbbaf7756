// Value-at-Risk, expected shortfall and their backtest, from samples of P&L. VaR and ES are positive losses.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dojima {

/// Which loss of a sorted sample of n is the quantile at `level`.
enum class quantile_rule {
  order_statistic, ///< the ceil(n level)-th smallest loss
  linear_type7     ///< linear between order statistics at 1 + (n - 1) level (Hyndman and Fan 1996, type 7; NumPy's default)
};

struct range {
  double low = 0, high = 0;
};

struct tail_measures {
  double var = 0; ///< loss quantile
  double es = 0;  ///< mean of the ceil(n (1 - level)) largest losses
  /// Two-sided: for VaR the order statistics that cover it with the binomial law; for ES the normal law with the variance of
  /// Manistre and Hancock (2005), N. Am. Actuarial J. 9(2). Nothing where the sample has no such order statistic or a single
  /// tail loss.
  std::optional<range> var_ci, es_ci;
};

/// level and interval: decimals in (0, 1). input_error for an empty sample, a NaN in it, or a level or interval outside.
tail_measures measure_tail(std::span<const double> pnl, double level, quantile_rule rule = quantile_rule::order_statistic,
                           double interval = 0.95);

/// The loss quantile alone. Throws as `measure_tail`.
double value_at_risk(std::span<const double> pnl, double level, quantile_rule rule = quantile_rule::order_statistic);

/// The sample's scenarios from the largest loss on; equal losses in their order.
std::vector<std::size_t> by_loss(std::span<const double> pnl);

/// Place of VaR (order_statistic) among the losses sorted downwards, 0 the largest: n - ceil(n level).
std::size_t var_rank(std::size_t n, double level);

/// Number of losses that the ES at `level` averages: ceil(n (1 - level)), at least 1.
std::size_t tail_count(std::size_t n, double level);

/// A likelihood-ratio test: asymptotically chi-square under the hypothesis.
struct likelihood_ratio {
  double statistic = 0, p_value = 1;
};

/// Proportion of failures, one degree of freedom (Kupiec 1995, J. Derivatives 3(2)). `rate`: expected share, 1 - level.
likelihood_ratio kupiec(std::size_t days, std::size_t exceptions, double rate);

struct christoffersen_tests {
  likelihood_ratio independence;         ///< one degree of freedom
  likelihood_ratio conditional_coverage; ///< two: independence plus Kupiec's statistic
};

/// Independence and conditional coverage from the day-to-day transitions (Christoffersen 1998, Int. Econ. Rev. 39(4)).
christoffersen_tests christoffersen(const std::vector<bool>& exceptions, double rate);
/// As above from the counts of transitions n_ij, i yesterday, j today, 1 an exception, and Kupiec's statistic of the whole
/// sample.
christoffersen_tests christoffersen(std::size_t n00, std::size_t n01, std::size_t n10, std::size_t n11,
                                    const likelihood_ratio& coverage);

/// Basel Committee (1996), "Supervisory framework for the use of backtesting", table 2: 250 days at 99 %.
struct basel_zone {
  std::string zone;       ///< green, yellow or red
  double plus_factor = 0; ///< added to the multiplier 3
};
basel_zone basel_traffic_light(std::size_t exceptions);

} // namespace dojima
