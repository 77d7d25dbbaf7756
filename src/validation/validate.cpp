#include "dojima/validation/validate.hpp"

#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "dojima/error.hpp"
#include "dojima/pricing/price.hpp"
#include "validation/accuracy.hpp"
#include "validation/report_parts.hpp"

namespace dojima {
namespace {

using clock = std::chrono::steady_clock;
double seconds_since(clock::time_point begin) { return std::chrono::duration<double>(clock::now() - begin).count(); }

road_value road_of(const estimate& e, std::string name) {
  road_value r{std::move(name), e.value, e.standard_error};
  r.method = e.variance_reduction.empty() ? e.method : e.method + ", " + e.variance_reduction;
  r.missing = e.status;
  r.seconds = e.seconds;
  return r;
}

/// A number that chance has no part in and that a simulation can be held to.
bool is_exact(const road_value& r, double standard_error) {
  return r.missing.empty() && r.standard_error == 0 && std::isfinite(r.value) && r.uncertainty <= unnoticed * standard_error;
}

class book_run {
public:
  book_run(const market& m, const portfolio& trades, validation_report& out, const std::vector<reference_road>& references,
           const validation_progress& progress)
      : m_(m), seen_(out.settings.fault ? with_fault(m, *out.settings.fault) : m), trades_(trades), out_(out),
        settings_(out.settings.pricing), references_(references), progress_(progress) {
    settings_.method = pricing_method::monte_carlo;
    settings_.checkpoint.clear();
  }

  void compare() {
    std::vector<validated> items;
    for (const trade& t : trades_) {
      const auto u = m_.underlyings.find(t.underlying);
      items.push_back({t.id, t.book, product_name(t.terms), u == m_.underlyings.end() ? "" : model_name(u->second.dynamics)});
    }
    timed("devices", [&] { take_devices(items); });
    timed("references", [&] { take_references(items); });
    for (std::size_t i = 0; i < items.size(); ++i) {
      allow_for_rare_payoffs(items[i], trades_[i]);
      judge(items[i], out_.settings.threshold);
      const road_value& simulated = items[i].roads.front();
      if (const road_value* exact = exact_reference(items[i]); exact != nullptr)
        held_.push_back({i, exact->value, simulated.standard_error});
    }
    out_.items.insert(out_.items.end(), items.begin(), items.end());
  }

  /// z-scores of trades that an exact reference holds, each with a seed of its own.
  void test_law() {
    if (held_.empty()) return test_normality_of_all();
    timed("law of z-scores", [&] {
      for (std::size_t n = 0; n < out_.settings.z_scores; ++n) {
        tell("z-scores", n, out_.settings.z_scores);
        held& h = held_[n % held_.size()];
        const std::size_t turn = n / held_.size();
        pricing_settings own = settings_;
        own.seed = seed_of(trades_[h.index], turn);
        own.control_variates = settings_.control_variates && !h.plain;
        estimate e = simulate(trades_[h.index], own);
        if (turn == 0 && e.variance_ratio * informative > static_cast<double>(e.paths)) {
          h.plain = true;
          own.control_variates = false;
          e = simulate(trades_[h.index], own);
        }
        if (e.status.empty() && e.standard_error > 0) out_.z.push_back(score((e.value - h.value) / e.standard_error));
      }
    });
    test_normality_of_all();
  }

  void converge() {
    timed("convergence", [&] {
      const std::vector<std::size_t> chosen = typical();
      for (std::size_t n = 0; n < chosen.size(); ++n) {
        tell("convergence", n, chosen.size());
        for (const sampling points : {sampling::philox, sampling::sobol})
          out_.convergence.push_back(curve_of(held_[chosen[n]], points));
      }
    });
  }

private:
  /// A trade with an exact value, and what its simulation erred by.
  struct held {
    std::size_t index;
    double value, standard_error;
    bool plain = false; ///< its control leaves so little that few paths decide its error
  };

  /// A z-score as a standard normal number.
  double score(double z) const { return settings_.points == sampling::sobol ? normal_score(z, settings_.replicates - 1) : z; }

  void tell(const char* step, std::size_t done, std::size_t total) const {
    if (progress_) progress_(step, done, total);
  }
  template <class Work> void timed(const char* name, const Work& work) {
    const auto begin = clock::now();
    work();
    out_.timings.emplace_back(name, seconds_since(begin));
  }

  /// Of a trade's own simulations: the hash of its id, the turn and the run's seed.
  std::uint64_t seed_of(const trade& t, std::size_t turn) const {
    const std::string text = t.id + '#' + std::to_string(turn);
    return XXH3_64bits_withSeed(text.data(), text.size(), settings_.seed);
  }
  estimate simulate(const trade& t, const pricing_settings& settings) const {
    return price({t}, seen_, settings, stream(out_.settings.devices.front())).front();
  }

  void take_devices(std::vector<validated>& items) {
    std::vector<std::size_t> with_formula;
    portfolio by_formula;
    for (std::size_t i = 0; i < trades_.size(); ++i)
      if (!find_problem(trades_[i], seen_) && has_closed_form(trades_[i], seen_)) {
        with_formula.push_back(i);
        by_formula.push_back(trades_[i]);
      }
    const std::vector<device>& devices = out_.settings.devices;
    std::vector<std::vector<estimate>> formulas;
    for (std::size_t d = 0; d < devices.size(); ++d) {
      tell("devices", d, devices.size());
      std::vector<estimate> simulated = price(trades_, seen_, settings_, stream(devices[d]));
      for (std::size_t i = 0; i < items.size(); ++i) {
        road_value r = road_of(simulated[i], road_name(devices[d]));
        if (r.missing.empty()) r.uncertainty = simulation_bias(trades_[i], seen_);
        mark_simulation(r, devices[d], settings_);
        items[i].roads.push_back(std::move(r));
      }
      pricing_settings automatic = settings_;
      automatic.method = pricing_method::automatic;
      formulas.push_back(price(by_formula, seen_, automatic, stream(devices[d])));
    }
    for (std::size_t d = 0; d < devices.size(); ++d)
      for (std::size_t k = 0; k < with_formula.size(); ++k) {
        road_value r = road_of(formulas[d][k], road_name(devices[d]) + " formula");
        r.uncertainty = formula_error(by_formula[k], seen_);
        if (devices[d].bitwise()) r.same_bits = "formula";
        items[with_formula[k]].roads.push_back(std::move(r));
      }
  }

  void take_references(std::vector<validated>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      tell("references", i, items.size());
      const std::optional<problem> p = find_problem(trades_[i], m_);
      for (const reference_road& reference : references_) {
        const auto begin = clock::now();
        road_value r{reference.name};
        try {
          if (p) throw input_error(p->what + " (" + p->why + "); " + p->suggestion);
          r = reference.value(trades_[i], m_);
          r.road = reference.name;
          r.uncertainty = std::max(r.uncertainty, rounding_error(trades_[i], m_));
        } catch (const std::exception& problem) {
          r.missing = problem.what();
        }
        r.seconds = seconds_since(begin);
        items[i].roads.push_back(std::move(r));
      }
    }
  }

  /// Those after the devices' own roads.
  std::span<const road_value> references_of(const validated& item) const {
    return std::span(item.roads).last(references_.size());
  }

  void allow_for_rare_payoffs(validated& item, const trade& t) const {
    const std::span<const road_value> references = references_of(item);
    const auto known = std::ranges::find_if(references, [](const road_value& r) { return r.missing.empty(); });
    if (known == references.end()) return;
    for (std::size_t d = 0; d < out_.settings.devices.size(); ++d) {
      road_value& r = item.roads[d];
      if (r.missing.empty() && std::abs(r.value) <= many_errors * r.standard_error)
        r.standard_error = std::max(r.standard_error, rare_error(t, m_, known->value, static_cast<double>(settings_.paths)));
    }
  }

  /// The most certain reference, where the simulation errs by chance alone, many paths pay and no two references differ.
  const road_value* exact_reference(const validated& item) const {
    const auto is_reference = [&](const std::string& road) {
      return std::ranges::find(references_, road, &reference_road::name) != references_.end();
    };
    for (const comparison& c : item.comparisons)
      if (!c.agrees && is_reference(c.left) && is_reference(c.right)) return nullptr;
    const road_value& simulated = item.roads.front();
    if (!simulated.missing.empty() || !(simulated.standard_error > 0) ||
        simulated.uncertainty > unnoticed * simulated.standard_error)
      return nullptr;
    const road_value* best = nullptr;
    for (const road_value& r : references_of(item))
      if (is_exact(r, simulated.standard_error) && std::abs(r.value) > many_errors * simulated.standard_error &&
          (best == nullptr || r.uncertainty < best->uncertainty))
        best = &r;
    return best;
  }

  void test_normality_of_all() { out_.law = test_normality(out_.z); }

  /// Up to four held trades of different products: those that are usual to plot, else the first ones.
  std::vector<std::size_t> typical() const {
    std::vector<std::size_t> chosen;
    std::vector<std::string> products;
    const auto take = [&](const auto& wanted) {
      for (std::size_t k = 0; k < held_.size() && chosen.size() < 4; ++k) {
        const std::string product = product_name(trades_[held_[k].index].terms);
        if (!wanted(product) || std::ranges::find(products, product) != products.end()) continue;
        chosen.push_back(k);
        products.push_back(product);
      }
    };
    for (const char* usual : {"european", "asian", "basket", "variance_swap"})
      take([&](const std::string& product) { return product == usual; });
    take([](const std::string& product) { return product != "stock" && product != "fx_forward"; });
    return chosen;
  }

  convergence_curve curve_of(const held& h, sampling points) const {
    const trade& t = trades_[h.index];
    const bool sobol = points == sampling::sobol;
    convergence_curve c{t.id,   product_name(t.terms), model_name(m_.underlyings.at(t.underlying).dynamics),
                        points, sobol ? 8 : 32,        h.value};
    pricing_settings s = settings_;
    s.points = points;
    s.target_error = s.time_budget = {};
    const std::int64_t fewest = sobol ? 1 << 14 : 1 << 10; // 16 replicates of a tile
    for (std::int64_t paths = fewest; paths <= fewest << (sobol ? 4 : 6); paths *= 2) {
      convergence_point p{paths};
      for (int seed = 0; seed < c.seeds; ++seed) {
        s.paths = paths;
        s.seed = seed_of(t, static_cast<std::size_t>(seed));
        const estimate e = simulate(t, s);
        p.error += std::pow(e.value - h.value, 2) / c.seeds;
        p.standard_error += std::pow(e.standard_error, 2) / c.seeds;
      }
      p.error = std::sqrt(p.error);
      p.standard_error = std::sqrt(p.standard_error);
      c.errors.push_back(p);
    }
    double x = 0, y = 0, xx = 0, xy = 0;
    for (const convergence_point& p : c.errors) {
      const double u = std::log(static_cast<double>(p.paths)), w = std::log(p.error);
      x += u, y += w, xx += u * u, xy += u * w;
    }
    const auto n = static_cast<double>(c.errors.size());
    c.slope = (n * xy - x * y) / (n * xx - x * x);
    return c;
  }

  const market& m_;
  market seen_; ///< by the devices
  const portfolio& trades_;
  validation_report& out_;
  pricing_settings settings_;
  const std::vector<reference_road>& references_;
  const validation_progress& progress_;
  std::vector<held> held_;
};

} // namespace

validation_report validate_portfolio(market_data data, portfolio_data positions, const validation_settings& settings,
                                     const std::vector<reference_road>& references, const validation_progress& progress) {
  validation_report out;
  begin_report(out, settings);
  out.as_of = data.snapshot.as_of;
  out.base_currency = data.snapshot.base_currency;
  for (auto* part : {&data.rejected, &positions.rejected}) out.rejected.insert(out.rejected.end(), part->begin(), part->end());
  for (auto* part : {&data.files, &positions.files}) out.inputs.insert(out.inputs.end(), part->begin(), part->end());
  for (const reference_road& r : references) out.references.emplace_back(r.name, "");

  book_run run(data.snapshot, positions.trades, out, references, progress);
  run.compare();
  run.test_law();
  if (settings.convergence) run.converge();
  summarise(out);
  return out;
}

validation_report validate_suite(const validation_settings& settings, const std::vector<reference_road>& references,
                                 const validation_progress& progress) {
  market_data data;
  portfolio_data positions;
  std::tie(data.snapshot, positions.trades) = validation_suite();
  return validate_portfolio(std::move(data), std::move(positions), settings, references, progress);
}

} // namespace dojima
