// Instruments of QuantLib that are valued together: their processes become one market, their terms one book.
#pragma once

#include <ql/stochasticprocess.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dojima/pricing/price.hpp"
#include "dojima/quantlib/engines.hpp"
#include "quantlib/dates.hpp"

namespace dojima::quantlib {

namespace ql = QuantLib;
namespace ext = QuantLib::ext;

inline date day_of(const ql::Date& d) { return date{std::chrono::days{d.serialNumber() - 25569}}; }

/// Options on the periods between resets, each struck at its start and paid at its end.
struct forward_strip {
  option_type type;
  double moneyness;
  bool performance;         ///< pays on S / S' instead of S - moneyness S'
  std::vector<date> resets; ///< ahead, expiry the last
  bool begun;               ///< the first period begins today
  double last = 0;          ///< the spot at which it does
  bool operator==(const forward_strip&) const = default;
};

/// The components of a basket are named where it is valued.
using contract_terms = std::variant<european_option, digital_option, barrier_option, double_barrier_option, asian_option,
                                    lookback_option, basket_option, forward_start_option, forward_strip>;

/// The arguments of an engine, read.
struct position {
  contract_terms terms;
  std::vector<date> dates;     ///< on which it observes or pays, expiry the last
  double strike;               ///< at which the volatility is read
  bool strike_of_spot = false; ///< it is given as a part of the spot
  bool operator==(const position&) const = default;
};

/// A value, or why there is none.
struct outcome {
  std::string failure;
  estimate value;
  std::optional<sensitivities> greeks; ///< where asked for, per unit of what QuantLib's curves quote
  double dividend_rho = 0;             ///< per 1.00 of every dividend yield
  ql::Date day;
};

/// An engine as its session sees it.
class member {
public:
  explicit member(ext::shared_ptr<ql::StochasticProcess> follows) : process(std::move(follows)) {}
  virtual ~member() = default;
  /// Throws where the arguments cannot be valued.
  virtual position read(date as_of) const = 0;

  const ext::shared_ptr<ql::StochasticProcess> process;
  std::optional<position> valued; ///< what the result is of
  outcome result;
  mutable bool ready = false; ///< valued since it was last asked for
};

class session {
public:
  explicit session(const engine_settings& settings);

  std::uint64_t enter(member& engine);
  void leave(std::uint64_t id) { members_.erase(id); }
  /// Something that a member observes has changed.
  void moved() { stale_ = true; }
  /// The value of one member's present arguments; values all members where need be.
  const outcome& result_of(const member& engine);
  std::int64_t calls() const { return calls_; }
  std::size_t simulations() const { return book_ ? book_->simulations() : 0; }

private:
  struct planned {
    contract_terms terms;
    std::vector<std::string> assets;
    bool operator==(const planned&) const = default;
  };
  class scene;

  void value_all();
  void value(const scene& s, const portfolio& positions, const market& today);

  engine_settings settings_;
  stream on_;
  std::map<std::uint64_t, member*> members_;
  std::uint64_t next_ = 0;
  std::int64_t calls_ = 0;
  bool stale_ = true;
  // What was planned for the book, which is kept while it holds.
  std::vector<planned> plan_;
  date as_of_{};
  std::optional<pricer> book_, plain_; ///< plain: without Greeks
};

} // namespace dojima::quantlib
