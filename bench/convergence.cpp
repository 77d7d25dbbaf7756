// Errors of simulation against what it costs: against the number of paths for Philox and scrambled Sobol points, and against
// the length of a step. docs/make_plots.py draws them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "bench/bench.hpp"
#include "bench/market.hpp"
#include "dojima/pricing/price.hpp"
#include "models/closed_form/cev.hpp"
#include "models/closed_form/heston.hpp"

namespace dojima::bench {
namespace {

constexpr double spot = 100;
constexpr int replicates = 32;

/// A mean over replicates and its standard error.
struct replicated {
  double mean, standard_error;
};
/// The mean of y, by regression on a control of mean 0 (Glasserman 2004, section 4.1).
replicated controlled(const std::vector<double>& y, const std::vector<double>& control) {
  const double n = static_cast<double>(y.size());
  const auto mean = [&](const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0) / n; };
  const double my = mean(y), mc = mean(control);
  double yy = 0, yc = 0, cc = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    yy += (y[i] - my) * (y[i] - my);
    yc += (y[i] - my) * (control[i] - mc);
    cc += (control[i] - mc) * (control[i] - mc);
  }
  const double b = cc > 0 ? yc / cc : 0.0;
  return {my - b * mc, std::sqrt(std::max(yy - b * yc, 0.0) / (n * (n - 2)))};
}

class convergence {
public:
  explicit convergence(const options& o) : o_(o) {}
  const std::string& csv() const { return csv_; }

  /// Standard errors over the values, by number of paths: those of four seeds, squared and averaged.
  void by_paths(const std::string& name, const contract& terms, const market& m, bool with_control = false) {
    constexpr int seeds = 4;
    pricing_settings s = simulated();
    s.control_variates = with_control;
    s.replicates = replicates;
    for (const sampling points : {sampling::philox, sampling::sobol})
      for (int k = 15; k <= 20; ++k) {
        s.points = points;
        s.paths = scaled(std::int64_t{1} << k);
        double squares = 0, paths = 0;
        for (s.seed = 1; s.seed <= seeds; ++s.seed) {
          const estimate e = price({{"1", "b", m.underlyings.begin()->first, 1.0, terms}}, m, s, o_.on).front();
          if (!e.status.empty()) throw std::runtime_error(e.status);
          squares += std::pow(e.standard_error / e.value, 2) / seeds;
          paths = static_cast<double>(e.paths);
        }
        const double error = std::sqrt(squares);
        if (points == sampling::sobol)
          point("paths", name + ", Sobol", paths, error, error / std::sqrt(2.0 * seeds * (replicates - 1)));
        else point("paths", name + ", Philox", paths, error, 0.0);
      }
  }

  /// Bias of European puts over the spot, by the length of the step: against exact values, or where there are none against half
  /// the shortest step. Replicates of Sobol points share their bridges, so that differences have small errors; the forward,
  /// from the call, is a control.
  void by_steps(const std::string& study, const std::string& name, const model& dynamics, int days,
                const std::vector<double>& strikes, const std::vector<int>& steps, std::int64_t paths,
                const std::function<double(double)>& exact = {}) {
    market m = market_of({0.2});
    m.underlyings.begin()->second.dynamics = dynamics;
    const date expiry = m.as_of + std::chrono::days{days};
    const double time = m.time_to(expiry);
    portfolio book;
    for (const double strike : strikes)
      for (const option_type type : {option_type::put, option_type::call})
        book.push_back({"x", "b", "A", 1.0 / spot, european_option{type, strike, expiry}});
    struct values {
      std::vector<double> put, forward; ///< by replicate; the forward less its exact value
    };
    const auto at = [&](int count) {
      pricing_settings s = simulated();
      s.points = sampling::sobol;
      s.replicates = 1;
      s.paths = scaled(paths) / replicates;
      s.largest_step = time / count;
      s.memory_mib = 256;
      std::vector<values> all(strikes.size());
      for (int r = 0; r < replicates; ++r) {
        s.seed = static_cast<std::uint64_t>(r + 1);
        const std::vector<estimate> e = price(book, m, s, o_.on);
        for (std::size_t k = 0; k < strikes.size(); ++k) {
          if (!e[2 * k].status.empty()) throw std::runtime_error(e[2 * k].status);
          all[k].put.push_back(e[2 * k].value);
          all[k].forward.push_back(e[2 * k + 1].value - e[2 * k].value - (1 - strikes[k] / spot));
        }
      }
      return all;
    };
    std::vector<values> finest;
    if (exact)
      for (const double strike : strikes) finest.push_back({std::vector(replicates, exact(strike) / spot), {}});
    else finest = at(2 * steps.back());
    for (const int count : steps) {
      std::vector<values> v = at(count);
      for (std::size_t k = 0; k < strikes.size(); ++k) {
        std::ranges::transform(v[k].put, finest[k].put, v[k].put.begin(), std::minus{});
        const replicated bias = controlled(v[k].put, v[k].forward);
        point(study, strikes.size() > 1 ? fmt::format("{}, strike {:g}", name, strikes[k]) : name, time / count, bias.mean,
              bias.standard_error);
      }
    }
  }

  market market_of(const std::vector<double>& volatilities) const {
    market m = dollar_market(0.0);
    for (const double sigma : volatilities) {
      const underlying u = dollar_stock(std::string(1, static_cast<char>('A' + m.underlyings.size())), spot, sigma);
      for (const auto& [other, unused] : m.underlyings) m.correlations[{other, u.name}] = 0.5;
      m.underlyings.emplace(u.name, u);
    }
    return m;
  }

private:
  static pricing_settings simulated() {
    pricing_settings s;
    s.method = pricing_method::monte_carlo;
    s.control_variates = false;
    return s;
  }
  std::int64_t scaled(std::int64_t paths) const { return static_cast<std::int64_t>(o_.scale * static_cast<double>(paths)); }
  void point(const std::string& study, const std::string& series, double x, double error, double standard_error) {
    csv_ += fmt::format("{},\"{}\",{:.9g},{:.6g},{:.3g}\n", study, series, x, error, standard_error);
    fmt::print("{:<10}{:<40}{:>12.6g}{:>14.4g} +- {:.2g}\n", study, series, x, error, standard_error);
    std::fflush(stdout);
  }

  const options& o_;
  std::string csv_ = "study,series,x,error,standard_error\n";
};

/// 0.25 - 0.1 tanh(S / 40 - 2.5) + 0.05 e^(-2 t) around a spot of 100, in rows of a hundredth of a year.
local_volatility_model smooth_skew() {
  local_volatility_model m;
  for (int j = 0; j <= 300; ++j) m.log_moneyness.push_back(-1.5 + 0.01 * j);
  for (int i = 0; i < 100; ++i) {
    m.times.push_back(0.01 * (i + 1));
    m.values.emplace_back();
    for (const double x : m.log_moneyness)
      m.values.back().push_back(0.25 - 0.1 * std::tanh((spot * std::exp(x) - 100) / 40) + 0.05 * std::exp(-0.02 * (i + 0.5)));
  }
  return m;
}

} // namespace

std::string convergence_suite(const options& o) {
  convergence c(o);
  {
    const market m = c.market_of({0.2});
    asian_option a{option_type::call, spot, m.as_of + std::chrono::days{360}, {}};
    for (int i = 1; i <= 12; ++i) a.fixings.push_back({m.as_of + std::chrono::days{30 * i}, std::nullopt});
    c.by_paths("Asian", a, m);
    c.by_paths("Asian with control", a, m, true);
    variance_swap v{0, false, a.fixings, 12};
    v.fixings.insert(v.fixings.begin(), {m.as_of, std::nullopt});
    c.by_paths("variance swap", v, m);
    const market four = c.market_of({0.2, 0.25, 0.3, 0.35});
    const basket_option b{option_type::call,
                          spot,
                          four.as_of + std::chrono::days{365},
                          basket_kind::sum,
                          {{"A", 0.25}, {"B", 0.25}, {"C", 0.25}, {"D", 0.25}}};
    c.by_paths("basket of 4", b, four);
  }
  // Andersen's (2008) case I: ten years, and a variance that is often near 0.
  const auto ten_years = [&](const char* name, heston_model::scheme scheme, const std::vector<int>& steps) {
    const heston_model h{0.04, 0.5, 0.04, 1.0, -0.9, scheme};
    c.by_steps("heston", name, h, 3650, {70, 100}, steps, 1 << 19, [&](double strike) {
      return heston_european({h.v0, h.kappa, h.theta, h.sigma, h.rho}, spot, strike, 10, 1, -1);
    });
  };
  ten_years("QE-M", heston_model::scheme::qe_m, {5, 10, 20, 40, 80});
  ten_years("full truncation", heston_model::scheme::full_truncation, {10, 20, 40, 80, 160});
  c.by_steps("steps", "local volatility", smooth_skew(), 365, {100}, {1, 2, 4, 8, 16}, 1 << 19);
  c.by_steps("steps", "CEV, against the closed form", cev_model{4.0, 0.5}, 365, {70}, {1, 2, 4, 8, 16}, 1 << 20,
             [](double strike) { return cev_european(4.0, 0.5, 0, spot, strike, 1, 1, -1); });
  c.by_steps("steps", "SABR", sabr_model{2.0, 0.5, 0.6, -0.5}, 365, {80}, {1, 2, 4, 8, 16, 32}, 1 << 19);
  c.by_steps("steps", "rough Bergomi", rough_bergomi_model{0.055, 1.9, 0.07, -0.9}, 365, {80}, {4, 8, 16, 32, 64}, 1 << 19);
  return c.csv();
}

} // namespace dojima::bench
