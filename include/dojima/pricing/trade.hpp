// Positions: what is held, by contract. Strikes, barriers, rebates and cash amounts are in the underlying's quote currency, for
// one unit of quantity.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dojima/market/date.hpp"

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
};

/// A European option that ends (out) or begins (in) when the spot first touches the barrier; continuous monitoring. The rebate
/// is paid at hit for a knock-out, and at expiry for a knock-in that was never hit.
struct barrier_option {
  option_type type;
  double strike;
  date expiry;
  bool up, knock_in;
  double barrier, rebate;
};

/// Pays on the arithmetic average over the fixings, at expiry. Fixings before the valuation date carry their value.
struct asian_fixing_date {
  date day;
  std::optional<double> value;
};
struct asian_option {
  option_type type;
  double strike;
  date expiry;
  std::vector<asian_fixing_date> fixings;
};

using contract =
    std::variant<stock, fx_forward, european_option, american_option, digital_option, barrier_option, asian_option>;

struct trade {
  std::string id, book, underlying;
  double quantity = 0; ///< negative is short
  contract terms;
};

/// "stock", "fx_forward", "european", "american", "digital", "barrier", "asian".
std::string product_name(const contract& terms);

using portfolio = std::vector<trade>;

struct market;

/// Why this position cannot be valued in this market, as "what", "why" and "suggestion"; nothing when it can.
struct problem {
  std::string what, why, suggestion;
};
std::optional<problem> find_problem(const trade& t, const market& m);

} // namespace dojima
