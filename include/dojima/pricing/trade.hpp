// Positions: what is held, by contract. Strikes, barriers, rebates and cash amounts are in the underlying's quote currency, for
// one unit of quantity.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dojima/market/date.hpp"
#include "dojima/pricing/payoff.hpp"

namespace dojima {

enum class option_type { call, put };
inline double sign_of(option_type t) { return t == option_type::call ? 1.0 : -1.0; }

/// Units of a stock or index.
struct stock {};

/// Receive one unit of the pair's first currency against `strike` of the second, at `expiry`.
struct fx_forward {
  double strike;
  date expiry;
};

/// Pays max(S - K, 0) or max(K - S, 0) at expiry.
struct european_option {
  option_type type;
  double strike;
  date expiry;
  bool operator==(const european_option&) const = default;
};

/// As the European option, at any time up to expiry.
struct american_option {
  option_type type;
  double strike;
  date expiry;
};

/// Pays `cash`, or one unit of the underlying where `cash` is empty, if the option ends in the money.
struct digital_option {
  option_type type;
  double strike;
  date expiry;
  std::optional<double> cash;
  bool operator==(const digital_option&) const = default;
};

/// A European option that ends (out) or begins (in) when the spot first touches the barrier, watched at all times, or on the
/// dates of `monitoring` where there are any. The rebate is paid at hit for a knock-out, and at expiry for a knock-in that was
/// never hit. `touched`: before now, so that it is the option (in), or worth nothing, its rebate having been paid (out).
struct barrier_option {
  option_type type;
  double strike;
  date expiry;
  bool up, knock_in;
  double barrier, rebate;
  std::vector<date> monitoring = {};
  bool touched = false;
  bool operator==(const barrier_option&) const = default;
};

/// A European option that ends (out) or begins (in) when the spot first touches one of two barriers; monitoring as above, the
/// rebate at expiry. `touched`: before now, so that it is the option (in), or its rebate (out).
struct double_barrier_option {
  option_type type;
  double strike;
  date expiry;
  bool knock_in;
  double lower, upper, rebate;
  std::vector<date> monitoring = {};
  bool touched = false;
  bool operator==(const double_barrier_option&) const = default;
};

/// Pays `cash` if the spot touches the barrier (or, with `no_touch`, if it never does), at expiry or at the touch. `touched`:
/// before now, so that it is its cash at expiry, or nothing where that was paid at the touch or is not to be paid.
struct touch_option {
  date expiry;
  bool up, no_touch, at_hit;
  double barrier, cash;
  std::vector<date> monitoring = {};
  bool touched = false;
};

/// A day on which a price is observed. Those before the valuation date carry what was seen.
struct fixing_date {
  date day;
  std::optional<double> value;
  bool operator==(const fixing_date&) const = default;
};
using asian_fixing_date = fixing_date;

enum class averaging { arithmetic, geometric };
/// Pays on the average over the fixings, at expiry: against the strike, or with `average_strike` the spot at expiry against the
/// average.
struct asian_option {
  option_type type;
  double strike;
  date expiry;
  std::vector<fixing_date> fixings;
  averaging mean = averaging::arithmetic;
  bool average_strike = false;
  bool operator==(const asian_option&) const = default;
};

/// Pays on the highest or lowest fixing: with a strike max - K or K - min, without one S - min or max - S. Where `continuous`,
/// the price is watched at all times from today to expiry, and the fixings are what was seen before.
struct lookback_option {
  option_type type;
  std::optional<double> strike;
  date expiry;
  std::vector<fixing_date> fixings;
  bool continuous = false;
  bool operator==(const lookback_option&) const = default;
};

/// An asset of a basket, and how many units of it.
struct basket_component {
  std::string underlying;
  double weight;
  bool operator==(const basket_component&) const = default;
};
enum class basket_kind { sum, best, worst };
/// A European option on the sum, the largest or the smallest of weight times price; weights may be negative in a sum (spread,
/// exchange). All components are quoted in one currency; the trade's underlying is the first.
struct basket_option {
  option_type type;
  double strike;
  date expiry;
  basket_kind kind;
  std::vector<basket_component> components;
  bool operator==(const basket_option&) const = default;
};

/// Pays min(max(sum of clipped returns, global_floor), global_cap) at the last reset, per unit; the first reset starts the
/// first period.
struct cliquet_option {
  std::vector<fixing_date> resets;
  double local_floor = -std::numeric_limits<double>::infinity(), local_cap = std::numeric_limits<double>::infinity();
  double global_floor = -std::numeric_limits<double>::infinity(), global_cap = std::numeric_limits<double>::infinity();
};

/// An option struck at moneyness times the price on the reset date; with `performance` on the return S / S(reset).
struct forward_start_option {
  option_type type;
  double moneyness;
  fixing_date reset;
  date expiry;
  bool performance = false;
  bool operator==(const forward_start_option&) const = default;
};

/// On the choice date the holder takes the call or the put of this strike and expiry; a put of another strike or expiry is
/// valued by Black-Scholes on that date.
struct chooser_option {
  date choice;
  double strike;
  date expiry;
  std::optional<double> put_strike = {}; ///< empty: the call's
  std::optional<date> put_expiry = {};   ///< empty: the call's
};

/// An option on a European option, valued by Black-Scholes on the first expiry.
struct compound_option {
  option_type type;
  double strike;
  date expiry;
  option_type inner_type;
  double inner_strike;
  date inner_expiry;
};

/// Pays realised variance less the strike at the last fixing: annual_factor times the mean of ln(S / S')^2; with `volatility`
/// its root, and the strike a volatility.
struct variance_swap {
  double strike;
  bool volatility = false;
  std::vector<fixing_date> fixings;
  double annual_factor = 252;
};

/// A note on the worst performance of its assets against their references; models/payoff/autocallable.hpp states what it pays.
/// Amounts are parts of one unit of notional.
struct autocallable_note {
  std::vector<basket_component> components; ///< weight: the reference price
  std::vector<date> observations;           ///< to come, maturity the last
  double coupon, coupon_barrier, call_level, protection;
  bool memory = true;
  double missed = 0; ///< coupons missed so far
};

/// A payoff in user code: `make` gives a fresh object for each valuation. Observes `underlyings` on the dates of its schedules,
/// which lie ahead, and pays at expiry.
struct custom_option {
  std::string name;
  std::function<std::unique_ptr<payoff>()> make;
  std::vector<std::string> underlyings;
  std::vector<std::vector<date>> schedules;
  date expiry;
  bool carried = false;                ///< column 0 of each date: the value at expiry of one unit paid on it
  std::optional<date> seen_until = {}; ///< the last day of which `make` knows prices
};

using contract =
    std::variant<stock, fx_forward, european_option, american_option, digital_option, barrier_option, asian_option,
                 double_barrier_option, touch_option, lookback_option, basket_option, cliquet_option, forward_start_option,
                 chooser_option, compound_option, variance_swap, autocallable_note, custom_option>;

/// Payment in another currency than that of the underlyings, at a rate that is agreed on: `rate` units of it for one of theirs
/// (Reiner 1992, "Quanto mechanics", Risk 5).
struct quanto_payment {
  std::string currency;
  double rate = 1;
};

struct trade {
  std::string id, book, underlying;
  double quantity = 0; ///< negative is short
  contract terms;
  std::optional<quanto_payment> paid = {};
};

/// "stock", "fx_forward", "european", "american", "digital", "barrier", "asian", ...
std::string product_name(const contract& terms);

using portfolio = std::vector<trade>;

struct market;
struct underlying;

/// The pair that quotes one currency in the other, either way round; null where the market has none.
const underlying* pair_between(const market& m, const std::string& a, const std::string& b);

/// What a contract is whose barrier was touched before now: a European option, or a digital option that is sure to pay what is
/// still to be paid. Others are what they are.
contract after_touch(const contract& terms);

/// The underlyings that a trade observes, in the order of its payoff's assets.
std::vector<std::string> underlyings_of(const trade& t);
/// Whether the trade is revalued under scenarios, without paths of its own; the others are priced by simulation alone.
bool has_revaluation(const contract& terms);
inline bool has_revaluation(const trade& t) { return !t.paid && has_revaluation(t.terms); }

/// Why this position cannot be valued in this market, as "what", "why" and "suggestion"; nothing when it can.
struct problem {
  std::string what, why, suggestion;
};
std::optional<problem> find_problem(const trade& t, const market& m);

} // namespace dojima
