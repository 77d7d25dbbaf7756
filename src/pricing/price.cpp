#include "dojima/pricing/price.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "dojima/error.hpp"
#include "pricing/book.hpp"
#include "pricing/exact.hpp"
#include "pricing/importance.hpp"
#include "text.hpp"

namespace dojima {
namespace {

/// Whether the fixings so far already decide the exercise, so that the option is worth its forwards.
bool is_decided(const asian_option& a) {
  double past = 0;
  for (const fixing_date& f : a.fixings) past += f.value.value_or(0.0);
  return past >= a.strike * static_cast<double>(a.fixings.size());
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void check_settings(const pricing_settings& s) {
  const auto refuse = [](const std::string& what, const std::string& why, const char* suggestion) {
    throw input_error(what + " (" + why + "); " + suggestion);
  };
  for (const auto& [name, paths] : {std::pair("paths", s.paths), std::pair("most_paths", s.most_paths)})
    if (paths < least_paths || paths > greatest_paths)
      refuse("pricing." + std::string(name) + " = " + std::to_string(paths),
             "must be between " + number_text(least_paths) + " and " + number_text(greatest_paths), "correct it");
  if (s.replicates < 2) refuse("pricing.replicates = " + std::to_string(s.replicates), "an error needs 2 at least", "take 16");
  if (s.target_error && !(*s.target_error > 0))
    refuse("pricing.target_error = " + number_text(*s.target_error), "must be above 0",
           "give the part of each value that its error may be, such as 0.001");
  if (s.time_budget && !(*s.time_budget > 0))
    refuse("pricing.time_budget = " + number_text(*s.time_budget), "must be above 0", "give seconds");
  if (s.importance_sampling && s.antithetic)
    refuse("pricing.importance_sampling with antithetic", "mirrored paths drift away from where the payoff is", "choose one");
  if (s.time_budget && !s.checkpoint.empty())
    refuse("pricing.time_budget with a checkpoint", "how many paths fit a budget changes from run to run", "choose one");
  if (s.largest_step != 0 && !(s.largest_step >= 1e-6))
    refuse("pricing.largest_step = " + number_text(s.largest_step), "must be 1e-6 years, half a minute, or more",
           "give 0 for the process' own");
}

/// Whether there is a formula, if need be with the rate, yield and volatility of expiry as constants.
bool has_formula(const trade& t, const market& m) {
  if (!has_revaluation(t)) return false;
  const underlying& u = m.underlyings.at(t.underlying);
  if (std::holds_alternative<stock>(t.terms)) return true;
  if (!u.dividends.empty()) return false; // the formulas know yields alone
  if (const auto* a = std::get_if<asian_option>(&t.terms)) return is_decided(*a);
  if (std::holds_alternative<fx_forward>(t.terms)) return true;
  return std::holds_alternative<black_scholes_model>(u.dynamics);
}

/// What the formula of a trade assumes that the market contradicts; empty for nothing.
std::string assumption(const trade& t, const market& m) {
  const auto constants = [&](const auto& c, const char* otherwise) -> std::string {
    if (seen_by(t, m).has_constants(m.underlyings.at(t.underlying), m.time_to(c.expiry), c.strike)) return "";
    return std::string("rate, yield or volatility change before expiry (the formula takes those of the expiry as constants)") +
           otherwise;
  };
  if (const auto* b = std::get_if<barrier_option>(&t.terms)) return constants(*b, "; method automatic simulates the barrier");
  if (const auto* a = std::get_if<american_option>(&t.terms)) return constants(*a, "");
  return "";
}

} // namespace

bool has_closed_form(const trade& t, const market& m) {
  trade now = t;
  now.terms = after_touch(t.terms);
  return has_formula(now, m) && (std::holds_alternative<american_option>(now.terms) || assumption(now, m).empty());
}

namespace {

bool goes_by_formula(const trade& t, const market& m, pricing_method how) {
  return how == pricing_method::automatic ? has_closed_form(t, m) : how == pricing_method::closed_form && has_formula(t, m);
}

} // namespace

class pricer::state {
public:
  state(portfolio positions, const market& m, const pricing_settings& settings, std::vector<stream> on)
      : positions_(std::move(positions)), settings_(settings), on_(std::move(on)), failed_(positions_.size()) {
    check_settings(settings_);
    std::map<std::string, open_group> open;
    for (std::size_t i = 0; i < positions_.size(); ++i) {
      trade& t = positions_[i];
      try {
        if (const auto p = find_problem(t, m)) {
          failed_[i] = p->what + " (" + p->why + "); " + p->suggestion;
          continue;
        }
        t.terms = after_touch(t.terms);
        if (goes_by_formula(t, m, settings_.method)) {
          exact_.push_back(i);
          continue;
        }
        path_trade p = on_paths(t, m);
        open[group_key(p, m)].add(std::move(p), t.quantity * (t.paid ? t.paid->rate : 1.0), i);
      } catch (const std::exception& problem) {
        failed_[i] = problem.what();
      }
    }
    if (settings_.importance_sampling) open = drifted(std::move(open), m);
    for (auto& [key, all] : open)
      for (open_group& g : simulations_of(std::move(all))) try {
          groups_.push_back({path_group(std::move(g.trades), std::move(g.quantities), m, settings_, on_), g.where});
        } catch (const std::exception& problem) {
          for (const std::size_t i : g.where) failed_[i] = problem.what();
        }
  }

  std::size_t simulations() const { return groups_.size(); }

  std::vector<estimate> price(const market& m, const std::stop_token& stop) {
    std::vector<estimate> results(positions_.size());
    for (std::size_t i = 0; i < positions_.size(); ++i) results[i].status = failed_[i];
    price_formulas(m, results);
    std::optional<checkpoint> kept;
    if (!settings_.checkpoint.empty()) kept.emplace(settings_.checkpoint, identities(m));
    const run_control run{kept ? &*kept : nullptr, stop};
    for (member& g : groups_) {
      const auto begin = std::chrono::steady_clock::now();
      try {
        const std::vector<estimate> found = simulated(g, m, run);
        for (std::size_t k = 0; k < g.where.size(); ++k) {
          results[g.where[k]] = found[k];
          results[g.where[k]].seconds = seconds_since(begin) / static_cast<double>(g.where.size());
          check(results[g.where[k]], positions_[g.where[k]]);
        }
      } catch (const std::exception& problem) {
        for (const std::size_t i : g.where) results[i].status = problem.what();
      }
    }
    if (kept) kept->write();
    return results;
  }

private:
  struct member {
    path_group group;
    std::vector<std::size_t> where; ///< positions of its trades
  };

  /// Of all simulations; 0 for those that cannot run.
  std::vector<std::uint64_t> identities(const market& m) {
    std::vector<std::uint64_t> all;
    for (member& g : groups_) {
      try {
        all.push_back(g.group.identity(m));
      } catch (const std::exception&) { // its trades will say why
        all.push_back(0);
      }
    }
    return all;
  }

  /// Trades that share paths, before those are planned.
  struct open_group {
    std::vector<path_trade> trades;
    std::vector<double> quantities;
    std::vector<std::size_t> where;

    void add(path_trade t, double quantity, std::size_t i) {
      trades.push_back(std::move(t));
      quantities.push_back(quantity);
      where.push_back(i);
    }
  };

  static std::vector<open_group> simulations_of(open_group whole) {
    std::vector<open_group> parts;
    for (const std::vector<std::size_t>& some : dojima::simulations_of(whole.trades)) {
      open_group& g = parts.emplace_back();
      for (const std::size_t i : some) g.add(std::move(whole.trades[i]), whole.quantities[i], whole.where[i]);
    }
    return parts;
  }

  /// Trades that another drift serves better leave their group for one of that drift.
  std::map<std::string, open_group> drifted(std::map<std::string, open_group> open, const market& m) const {
    std::map<std::string, open_group> all;
    for (auto& [key, g] : open) {
      const std::vector<double> tilts = best_tilts(g.trades, g.quantities, m, settings_, on_.front());
      for (std::size_t i = 0; i < tilts.size(); ++i) {
        path_trade t = tilts[i] == 0 ? std::move(g.trades[i]) : tilted(std::move(g.trades[i]), tilts[i]);
        const std::string of = group_key(t, m);
        all[of].add(std::move(t), g.quantities[i], g.where[i]);
      }
    }
    return all;
  }

  static void check(estimate& e, const trade& t) {
    const bool value = std::isfinite(e.value);
    if (value && std::isfinite(e.standard_error)) return;
    e = {};
    e.status = value ? "no finite standard error (squares of what it pays are beyond doubles); look at its terms"
               : std::holds_alternative<variance_swap>(t.terms)
                   ? "no finite value (some paths reach 0, where ln S and its variance have no bound); the model or the "
                     "dividends of " +
                         t.underlying + " allow that"
                   : "no finite value (its inputs are far outside what its formula can take); look at its terms";
  }

  /// With as many samples as the settings ask for: so many, or what a budget of time allows, or what a target error needs.
  std::vector<estimate> simulated(member& g, const market& m, const run_control& run) const {
    const auto begin = std::chrono::steady_clock::now();
    std::int64_t paths = settings_.paths;
    std::vector<estimate> found = g.group.price(m, paths, run);
    const auto now = [&] { return static_cast<double>(paths); };
    const auto again = [&](double wanted) {
      paths = static_cast<std::int64_t>(wanted);
      found = g.group.price(m, paths, run);
    };
    double most = std::max(now(), static_cast<double>(settings_.most_paths));
    if (settings_.time_budget) { // from the speed of the first run
      const double runs = *settings_.time_budget / static_cast<double>(groups_.size()) / seconds_since(begin);
      const double used = settings_.points == sampling::sobol ? 0.4 : 0.8; // Sobol replicates are rounded up
      most = runs > 2 ? std::clamp(used * runs * now(), now(), most) : now();
      if (!settings_.target_error && most > now()) again(most);
    }
    if (!settings_.target_error) return found;
    while (now() < most) {
      double needed = 0; // times as many samples
      for (std::size_t k = 0; k < found.size(); ++k)
        if (positions_[g.where[k]].quantity != 0) needed = std::max(needed, samples_missing(found[k]));
      if (needed <= 1) break;
      again(std::min(most, 1.1 * needed * now()));
    }
    for (estimate& e : found)
      if (e.value != 0 && samples_missing(e) > 1)
        e.warning = "target error missed (" + number_text(e.value) + " +- " + number_text(e.standard_error, 3) + " after " +
                    std::to_string(paths) + " samples; " + number_text(*settings_.target_error) +
                    " of the value was asked for); raise most_paths, or lower the variance (sobol, antithetic, "
                    "importance_sampling)" +
                    (e.warning.empty() ? "" : "; ") + e.warning;
    return found;
  }
  /// How many times as many samples bring a value's error to the target.
  double samples_missing(const estimate& e) const {
    if (e.value == 0) return 64; // nothing was seen that says more
    return std::pow(e.standard_error / (*settings_.target_error * std::abs(e.value)), 2);
  }

  void price_formulas(const market& m, std::vector<estimate>& results) const {
    if (exact_.empty()) return;
    const auto begin = std::chrono::steady_clock::now();
    portfolio accepted;
    for (const std::size_t i : exact_) accepted.push_back(positions_[i]);
    std::vector<estimate> found = price_exactly(accepted, m, settings_, on_.front());
    for (std::size_t j = 0; j < exact_.size(); ++j) {
      estimate& e = results[exact_[j]] = std::move(found[j]);
      e.seconds = seconds_since(begin) / static_cast<double>(exact_.size());
      e.warning = assumption(positions_[exact_[j]], m);
      check(e, positions_[exact_[j]]);
    }
  }

  portfolio positions_;
  pricing_settings settings_;
  std::vector<stream> on_;
  std::vector<std::string> failed_;
  std::vector<std::size_t> exact_;
  std::vector<member> groups_;
};

pricer::pricer(portfolio positions, const market& m, const pricing_settings& settings, const stream& on)
    : pricer(std::move(positions), m, settings, std::vector{on}) {}
pricer::pricer(portfolio positions, const market& m, const pricing_settings& settings, std::vector<stream> on) {
  if (on.empty()) throw input_error("no stream to price on; give one for each device");
  state_ = std::make_unique<state>(std::move(positions), m, settings, std::move(on));
}
pricer::~pricer() = default;
pricer::pricer(pricer&&) noexcept = default;
pricer& pricer::operator=(pricer&&) noexcept = default;
std::vector<estimate> pricer::price(const market& m, const std::stop_token& stop) { return state_->price(m, stop); }
std::size_t pricer::simulations() const { return state_->simulations(); }

std::vector<estimate> price(const portfolio& positions, const market& m, const pricing_settings& settings, const stream& on) {
  return pricer(positions, m, settings, on).price(m);
}
std::vector<estimate> price(const portfolio& positions, const market& m, const pricing_settings& settings,
                            const std::vector<stream>& on) {
  return pricer(positions, m, settings, on).price(m);
}

} // namespace dojima
