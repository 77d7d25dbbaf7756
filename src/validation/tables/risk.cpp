// Value-at-Risk, backtests, forecasts of variance and principal components.
#include <boost/math/distributions/binomial.hpp>

#include <cmath>

#include "dojima/array/array.hpp"
#include "dojima/array/linalg.hpp"
#include "dojima/risk/measures.hpp"
#include "dojima/risk/parametric.hpp"
#include "validation/tables/kind.hpp"

namespace dojima {
namespace {

formula_value exactly(double value) { return {value, 1e-14 + 1e-12 * std::abs(value)}; }
[[noreturn]] void unknown_quantity(const reference_row& r) { throw not_valued{"quantity " + r.quantity()}; }
double confidence(const reference_row& r) {
  const double level = r.within("confidence", 0, 1);
  if (level == 0 || level == 1) throw problem{"confidence = " + r["confidence"], "must be in (0, 1)", "such as 0.99"};
  return level;
}
row_value tail_of(const reference_row& r, const loss_tail& tail) {
  const bool es = r.quantity() == "expected_shortfall";
  if (!es && r.quantity() != "value_at_risk") unknown_quantity(r);
  if (es && !std::isfinite(tail.es)) throw not_valued{"the expected shortfall is infinite"};
  return {exactly(es ? tail.es : tail.var)};
}

row_value var_es_historical(const reference_row& r) {
  std::vector<double> losses = r.numbers("losses");
  const std::string& convention = r.one_of("convention", {"order_statistic", "linear_type7", "average_tail", "weighted"});
  if (!r.is("weighting", "equal", "exponential")) {
    if (convention != "weighted" || r.quantity() != "value_at_risk") unknown_quantity(r);
    const double decay = r.within("decay", 1e-6, 1);
    std::vector<double> weights;
    for (std::size_t i = 1; i <= losses.size(); ++i)
      weights.push_back(exponential_weight(decay, static_cast<int>(losses.size()), static_cast<int>(i)));
    return {exactly(weighted_value_at_risk(losses, weights, confidence(r)))};
  }
  for (double& x : losses) x = -x;
  const auto rule = convention == "linear_type7" ? quantile_rule::linear_type7 : quantile_rule::order_statistic;
  const tail_measures tail = measure_tail(losses, confidence(r), rule);
  return tail_of(r, {tail.var, tail.es});
}

row_value var_es_parametric(const reference_row& r) {
  const double location = r.number("location"), scale = r.not_negative("scale"), level = confidence(r);
  return tail_of(r, r.is("distribution", "normal", "student_t")
                        ? normal_tail(location, scale, level)
                        : student_tail(location, scale, r.positive("degrees_of_freedom"), level));
}

row_value var_es_tail_models(const reference_row& r) {
  const std::string& model = r.one_of("model", {"lognormal", "gpd", "cornish_fisher", "cornish_fisher_third_moment"});
  const double p1 = r.number("param_1"), level = confidence(r);
  if (model == "lognormal") return tail_of(r, lognormal_tail(p1, r.number("param_2"), r.not_negative("param_3"), level));
  if (model == "gpd") {
    const double beyond = r.positive("param_5") / r.positive("param_4");
    if (1 - level > beyond) throw not_valued{"the quantile lies below the threshold"};
    return tail_of(r, pareto_tail(p1, r.number("param_2"), r.positive("param_3"), beyond, level));
  }
  const double deviation = r.not_negative("param_2"), skewness = r.number("param_3");
  if (model == "cornish_fisher") return tail_of(r, cornish_fisher_tail(p1, deviation, skewness, r.number("param_4"), level));
  // Without the fourth moment, and without the square of the third that belongs to its order.
  if (r.quantity() != "value_at_risk") unknown_quantity(r);
  const double z = normal_tail(0, 1, level).var;
  return {exactly(p1 + deviation * (z + (z * z - 1) * skewness / 6))};
}

/// Of a numbered quantity, "component_var_3": 3, from 1 to n; 0 for another.
std::size_t numbered(const reference_row& r, const std::string& prefix, std::size_t n) {
  if (!r.quantity().starts_with(prefix)) return 0;
  const auto i = io::parse_number(r.quantity().substr(prefix.size()));
  if (!i || *i < 1 || *i > static_cast<double>(n)) unknown_quantity(r);
  return static_cast<std::size_t>(*i);
}

row_value var_delta_normal(const reference_row& r) {
  const auto positions = r.numbers("positions"), volatilities = r.volatilities();
  const std::size_t n = positions.size();
  if (volatilities.size() != n) throw problem{"volatilities", "must be as many as positions", "separate them by ;"};
  const auto correlations = r.matrix("correlations", n);
  const double multiplier = r.has("multiplier") ? r.number("multiplier") : normal_tail(0, 1, confidence(r)).var;
  std::vector<double> with_portfolio(n); // covariance of each position's unit with the portfolio
  double variance = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      with_portfolio[i] += volatilities[i] * volatilities[j] * correlations[i][j] * positions[j];
    variance += positions[i] * with_portfolio[i];
  }
  if (!(variance > 0))
    throw problem{"correlations", "give the portfolio no variance above 0", "is the matrix positive definite?"};
  const double horizon = std::sqrt(r.positive("horizon")), deviation = std::sqrt(variance), scale = multiplier * horizon;
  const std::string& quantity = r.quantity();
  if (quantity == "standard_deviation") return {exactly(horizon * deviation)};
  if (quantity == "value_at_risk") return {exactly(scale * deviation)};
  if (const auto i = numbered(r, "marginal_var_", n)) return {exactly(scale * with_portfolio[i - 1] / deviation)};
  if (const auto i = numbered(r, "component_var_", n))
    return {exactly(scale * positions[i - 1] * with_portfolio[i - 1] / deviation)};
  unknown_quantity(r);
}

row_value delta_gamma_var(const reference_row& r) {
  const auto delta = r.numbers("delta");
  const quadratic_gain gain(r.number("theta"), delta, r.matrix("gamma_matrix", delta.size()),
                            r.matrix("covariance", delta.size()));
  const double deviation = std::sqrt(gain.cumulant(2));
  const std::string& quantity = r.quantity();
  if (quantity == "mean") return {exactly(-gain.mean())};
  if (quantity == "standard_deviation") return {exactly(deviation)};
  if (quantity == "skewness") return {exactly(-gain.cumulant(3) / std::pow(deviation, 3))};
  if (quantity == "excess_kurtosis") return {exactly(gain.cumulant(4) / std::pow(deviation, 4))};
  if (quantity == "value_at_risk") return formula(gain.value_at_risk(confidence(r)), 1e-8 * deviation);
  unknown_quantity(r);
}

row_value backtest_kupiec(const reference_row& r) {
  const std::string& quantity = r.quantity();
  const int days = r.count("observations", 1, 100'000);
  const double rate = r.within("exception_probability", 0, 1);
  const auto of = [&](int exceptions) {
    return kupiec(static_cast<std::size_t>(days), static_cast<std::size_t>(exceptions), rate);
  };
  if (quantity == "lower_bound" || quantity == "upper_bound") { // the smallest and largest count that is not rejected
    const double level = r.within("test_level", 0, 1);
    std::optional<int> low, high;
    for (int n = 0; n <= days; ++n)
      if (of(n).p_value > level) low = low.value_or(n), high = n;
    if (!low) throw not_valued{"every count is rejected"};
    return formula(quantity == "lower_bound" ? *low : *high, 0);
  }
  const int exceptions = r.count("exceptions", 0, days);
  if (quantity == "lr_pof") return {exactly(of(exceptions).statistic)};
  if (quantity == "p_value") return formula(of(exceptions).p_value, 1e-11);
  const boost::math::binomial law(days, rate);
  if (quantity == "prob_at_most") return {exactly(boost::math::cdf(law, exceptions))};
  if (quantity == "prob_at_least")
    return {exactly(exceptions == 0 ? 1 : boost::math::cdf(boost::math::complement(law, exceptions - 1)))};
  unknown_quantity(r);
}

row_value backtest_christoffersen(const reference_row& r) {
  const auto count = [&](const char* column) { return static_cast<std::size_t>(r.count(column, 0, 1'000'000)); };
  const std::size_t n00 = count("n00"), n01 = count("n01"), n10 = count("n10"), n11 = count("n11");
  const likelihood_ratio coverage = kupiec(n00 + n01 + n10 + n11, n01 + n11, r.within("exception_probability", 0, 1));
  const christoffersen_tests tests = christoffersen(n00, n01, n10, n11, coverage);
  const std::string& quantity = r.quantity();
  if (quantity == "lr_independence") return formula(tests.independence.statistic, 1e-11);
  if (quantity == "lr_unconditional") return formula(coverage.statistic, 1e-11);
  if (quantity == "lr_conditional_coverage") return formula(tests.conditional_coverage.statistic, 1e-11);
  unknown_quantity(r);
}

row_value backtest_basel_zones(const reference_row& r) {
  const int exceptions = r.count("exceptions", 0, 100'000), days = r.count("observations", 1, 100'000);
  const double rate = r.within("exception_probability", 0, 1);
  if (r.quantity() == "cumulative_probability")
    return {exactly(exceptions >= days ? 1 : boost::math::cdf(boost::math::binomial(days, rate), exceptions))};
  if (days != 250 || rate != 0.01) throw not_valued{"zones are those of 250 observations at 99%"};
  const basel_zone zone = basel_traffic_light(static_cast<std::size_t>(exceptions));
  if (r.quantity() == "zone") return same_text(r, zone.zone);
  if (r.quantity() == "plus_factor") return {exactly(zone.plus_factor)};
  unknown_quantity(r);
}

row_value ewma_garch(const reference_row& r) {
  garch g;
  if (r.is("model", "ewma", "garch")) g.beta = r.within("decay", 0, 1), g.alpha = 1 - g.beta;
  else g = {r.not_negative("omega"), r.not_negative("alpha"), r.not_negative("beta")};
  const std::string& quantity = r.quantity();
  if (quantity.starts_with("updated_")) {
    const double volatility = r.not_negative("previous_volatility");
    const double variance = g.updated(volatility * volatility, r.number("previous_return"));
    if (quantity == "updated_variance") return formula(variance, 1e-14 * variance);
    if (quantity == "updated_volatility") return formula(std::sqrt(variance), 1e-14 * std::sqrt(variance));
    unknown_quantity(r);
  }
  if (!(g.alpha + g.beta < 1)) throw not_valued{"there is no long-run variance where alpha + beta reaches 1"};
  const auto nearly = [](double value) { return formula(value, 1e-12 * value); };
  if (quantity == "long_run_variance") return nearly(g.long_run());
  const double variance = r.not_negative("current_variance"), days = r.not_negative("days");
  if (quantity == "forecast_variance") return nearly(g.forecast(variance, days));
  if (quantity == "annualised_volatility_term")
    return nearly(std::sqrt(r.positive("annual_days") * g.mean_forecast(variance, days)));
  unknown_quantity(r);
}

row_value exponential_weights(const reference_row& r) {
  const double decay = r.within("decay", 1e-6, 1);
  if (r.quantity() == "hybrid_weight") {
    const int window = r.count("window", 1, 1'000'000);
    return {exactly(exponential_weight(decay, window, r.count("age", 1, window)))};
  }
  if (r.quantity() != "effective_observations") unknown_quantity(r);
  if (decay == 1) throw not_valued{"without decay every observation counts"};
  return formula(std::round(std::log(r.positive("tolerance")) / std::log(decay)), 0);
}

row_value pca_yield_curve(const reference_row& r) {
  const auto rows = r.matrix("covariance");
  const std::size_t n = rows.size();
  std::vector<double> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  const auto size = static_cast<std::int64_t>(n);
  const auto found = eigh(asarray(all, extents{size, size}, stream::of(device::cpu())));
  const std::vector<double> values = found.values.get(), vectors = found.vectors.get(); // ascending, in columns
  const auto value = [&](std::size_t component) { return values[n - component]; };
  const auto loading = [&](std::size_t i, std::size_t component) { return vectors[i * n + n - component]; };
  const auto chosen = [&](const char* column) { return static_cast<std::size_t>(r.count(column, 1, static_cast<int>(n))); };
  const std::string& quantity = r.quantity();
  if (quantity == "eigenvalue") return {exactly(value(chosen("component")))};
  if (quantity == "component_sd") return {exactly(std::sqrt(value(chosen("component"))))};
  if (const auto i = numbered(r, "abs_loading_", n)) return {exactly(std::abs(loading(i - 1, chosen("component"))))};
  double explained = 0, total = 0, variance = 0;
  const std::size_t factors = chosen("factors");
  for (std::size_t c = 1; c <= n; ++c) total += value(c), explained += c <= factors ? value(c) : 0;
  if (quantity == "explained_ratio") return {exactly(explained / total)};
  const auto sensitivities = r.numbers("sensitivities");
  if (sensitivities.size() != n) throw problem{"sensitivities", "must be as many as the covariance has rows", ""};
  for (std::size_t c = 1; c <= factors; ++c) {
    double exposure = 0;
    for (std::size_t i = 0; i < n; ++i) exposure += sensitivities[i] * loading(i, c);
    variance += exposure * exposure * value(c);
  }
  if (quantity == "factor_portfolio_sd") return {exactly(std::sqrt(variance))};
  if (quantity == "factor_var") return {exactly(normal_tail(0, std::sqrt(variance), confidence(r)).var)};
  unknown_quantity(r);
}

} // namespace

std::vector<table_kind> risk_tables() {
  return {
      {"var_es_historical", {"losses", "confidence", "weighting", "decay", "convention"}, var_es_historical},
      {"var_es_parametric", {"distribution", "location", "scale", "degrees_of_freedom", "confidence"}, var_es_parametric},
      {"var_es_tail_models",
       {"model", "param_1", "param_2", "param_3", "param_4", "param_5", "confidence"},
       var_es_tail_models},
      {"var_delta_normal",
       {"positions", "volatilities", "correlations", "horizon", "confidence", "multiplier"},
       var_delta_normal},
      {"delta_gamma_var", {"theta", "delta", "gamma_matrix", "covariance", "confidence"}, delta_gamma_var},
      {"backtest_kupiec", {"observations", "exceptions", "exception_probability", "test_level"}, backtest_kupiec},
      {"backtest_christoffersen", {"n00", "n01", "n10", "n11", "exception_probability"}, backtest_christoffersen},
      {"backtest_basel_zones", {"exceptions", "observations", "exception_probability"}, backtest_basel_zones},
      {"ewma_garch",
       {"model", "omega", "alpha", "beta", "decay", "previous_volatility", "previous_return", "current_variance", "days",
        "annual_days"},
       ewma_garch},
      {"exponential_weights", {"decay", "window", "age", "tolerance"}, exponential_weights},
      {"pca_yield_curve", {"covariance", "sensitivities", "component", "factors", "confidence"}, pca_yield_curve},
  };
}

} // namespace dojima
