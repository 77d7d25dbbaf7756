#include "pricing/prepare.hpp"

#include "dojima/error.hpp"
#include "models/process/bates.hpp"
#include "models/process/black_scholes.hpp"
#include "models/process/black_scholes_dividends.hpp"
#include "models/process/cev.hpp"
#include "models/process/heston.hpp"
#include "models/process/heston_euler.hpp"
#include "models/process/kou.hpp"
#include "models/process/local_volatility.hpp"
#include "models/process/merton.hpp"
#include "models/process/rough_bergomi.hpp"
#include "models/process/sabr.hpp"

namespace dojima {
namespace {

using kernels::process_id;

/// Calls f with a tag of the process that a model means, and the model's parameters.
template <template <class> class Process> struct tag { template <class Real> using process = Process<Real>; };

template <class F> auto with_process(const underlying& u, F&& f) {
  struct chooser {
    F& f;
    bool dividends;
    auto operator()(const black_scholes_model& p) const {
      return dividends ? f(tag<black_scholes_dividends>{}, process_id::black_scholes_dividends, p)
                       : f(tag<black_scholes>{}, process_id::black_scholes, p);
    }
    auto operator()(const local_volatility_model& p) const {
      return f(tag<local_volatility>{}, process_id::local_volatility, p);
    }
    auto operator()(const heston_model& p) const {
      return p.with == heston_model::scheme::qe_m ? f(tag<heston>{}, process_id::heston, p)
                                                  : f(tag<heston_euler>{}, process_id::heston_euler, p);
    }
    auto operator()(const bates_model& p) const { return f(tag<bates>{}, process_id::bates, p); }
    auto operator()(const merton_model& p) const { return f(tag<merton>{}, process_id::merton, p); }
    auto operator()(const kou_model& p) const { return f(tag<kou>{}, process_id::kou, p); }
    auto operator()(const cev_model& p) const { return f(tag<cev>{}, process_id::cev, p); }
    auto operator()(const sabr_model& p) const { return f(tag<sabr>{}, process_id::sabr, p); }
    auto operator()(const rough_bergomi_model& p) const { return f(tag<rough_bergomi>{}, process_id::rough_bergomi, p); }
  };
  return std::visit(chooser{f, !u.dividends.empty()}, u.dynamics);
}

std::vector<grid_step> grid_of(const valuation& v, const underlying& u, std::span<const double> times) {
  std::vector<grid_step> grid;
  double before = 0, growth_before = 0;
  for (const double t : times) {
    const double growth = v.growth(u, t);
    grid.push_back({before, t, growth - growth_before, u.spot * std::exp(growth)});
    for (const cash_dividend& d : u.dividends)
      if (const double paid = v.time_to(d.day); paid > before && paid <= t) grid.back().dividend += d.amount;
    before = t, growth_before = growth;
  }
  return grid;
}

/// Where v comes back to theta within a step, its ends say little of its integral (Andersen 2008, section 4.2). With x = kappa
/// h / 2 the part rho^2 of the variance of ln S comes out as (1 + x)^2 (1 - exp(-4 x)) / (4 x) of what it is where v varies
/// little: 0.988 at kappa h = 1/2, 1.7 at 9.
double longest_step(double own, const heston_model& m) { return m.kappa > 0 ? std::min(own, 0.5 / m.kappa) : own; }
double longest_step(double own, const bates_model& m) { return longest_step(own, m.diffusion); }
/// The quantile tables keep their digits up to some 100 jumps.
double longest_step(double own, const kou_model& m) { return m.intensity > 0 ? std::min(own, 100 / m.intensity) : own; }
template <class Parameters> double longest_step(double own, const Parameters&) { return own; }

template <class Prepared> prepared_asset packed(const Prepared& p) {
  prepared_asset a;
  a.start.assign(std::begin(p.start), std::end(p.start));
  a.step_numbers = sizeof(typename Prepared::step) / sizeof(double);
  const auto* first = reinterpret_cast<const double*>(p.steps.data());
  a.steps.assign(first, first + p.steps.size() * a.step_numbers);
  a.table = p.table;
  a.map = p.map;
  return a;
}

} // namespace

process_traits traits_of(const underlying& u) {
  if (!u.dividends.empty() && !std::holds_alternative<black_scholes_model>(u.dynamics))
    throw input_error("cash dividends of " + u.name + " under " + model_name(u.dynamics) +
                      " (black_scholes alone takes them); use a dividend yield");
  return with_process(u, []<class Tag>(Tag, process_id id, const auto& parameters) {
    using process = typename Tag::template process<double>;
    double watched_step = 0.0;
    if constexpr (requires { process::watched_step(parameters); }) watched_step = process::watched_step(parameters);
    return process_traits{id, longest_step(process::largest_step, parameters), watched_step, process::normals,
                          process::observables};
  });
}

prepared_asset prepare(const valuation& v, const underlying& u, double strike, std::span<const double> times, bool in_pairs) {
  std::vector<grid_step> grid = grid_of(v, u, times);
  for (std::size_t i = 0; in_pairs && i + 1 < grid.size(); i += 2) {
    grid[i].moved = grid[i + 1].length();
    grid[i + 1].moved = -grid[i].moved;
  }
  return with_process(u, [&]<class Tag, class Parameters>(Tag, process_id, const Parameters& parameters) {
    using process = typename Tag::template process<double>;
    if constexpr (std::is_same_v<Parameters, black_scholes_model>) {
      std::vector<double> variances;
      double before = 0;
      for (const double t : times) {
        const double w = std::max(v.variance(u, t, strike > 0 ? strike : u.spot), before); // but for rounding
        variances.push_back(w - before);
        before = w;
      }
      for (std::size_t i = 0; i < grid.size(); ++i) grid[i].growth += v.tilt * variances[i];
      return packed(process::prepare(u.spot, grid, variances));
    } else {
      return packed(process::prepare(parameters, u.spot, grid));
    }
  });
}

} // namespace dojima
