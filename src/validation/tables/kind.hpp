// What a kind of reference table is: its columns, and what a row of it is worth by Dojima's formulas and as a trade.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dojima/market/market.hpp"
#include "dojima/pricing/trade.hpp"
#include "io/csv.hpp"
#include "models/closed_form/lognormal_asset.hpp"

namespace dojima {

/// Thrown where Dojima has no value for a row, with the reason.
struct not_valued {
  std::string reason;
};

/// A row by column name. What cannot be read throws `problem`.
class reference_row {
public:
  reference_row(const io::table& t, const io::row& r, double volatility_shift)
      : table_(&t), row_(&r), volatility_shift_(volatility_shift) {}

  long line() const { return row_->line; }
  double volatility_shift() const { return volatility_shift_; }
  /// A variance, by its volatility with the shift.
  double variance(const char* column) const;
  const std::string& operator[](const char* column) const;
  bool has(const char* column) const { return !io::is_missing((*this)[column]); }
  double number(const char* column) const;
  double number_or(const char* column, double other) const { return has(column) ? number(column) : other; }
  double positive(const char* column) const;
  double not_negative(const char* column) const;
  /// A number within [low, high].
  double within(const char* column, double low, double high) const;
  /// A whole number within [low, high].
  int count(const char* column, int low, int high) const;
  /// Of a volatility column, shift included; above 0.
  double volatility(const char* column = "volatility") const;
  /// One of the words.
  const std::string& one_of(const char* column, const std::vector<const char*>& words) const;
  bool is(const char* column, const char* word, const char* other) const { return one_of(column, {word, other}) == word; }
  double sign(const char* column = "option_type") const { return is(column, "call", "put") ? 1.0 : -1.0; }
  option_type type(const char* column = "option_type") const { return sign(column) > 0 ? option_type::call : option_type::put; }
  /// "1.5;2.5"
  std::vector<double> numbers(const char* column) const;
  std::vector<double> volatilities(const char* column = "volatilities") const;
  /// "1.0;0.5|0.5;1.0": square, `rows` wide where that is not 0.
  std::vector<std::vector<double>> matrix(const char* column, std::size_t rows = 0) const;

  const std::string& quantity() const { return (*this)["quantity"]; }
  const std::string& source() const; ///< empty where the table does not say
  double expected() const { return number("expected"); }
  double tolerance() const { return not_negative("abs_tolerance"); }

private:
  const io::table* table_;
  const io::row* row_;
  double volatility_shift_;
};

/// What the parts of `text` between separators are.
std::vector<std::string> fields(const std::string& text, char separator);

/// A number and the half-width of its error: rounding, and what its method leaves open.
struct formula_value {
  double value, uncertainty;
  std::string method = {};
};

/// So many units of a contract, and cash; `bias` is that of the simulation, in the unit of the row.
struct position {
  market m;
  contract terms;
  double quantity = 1, cash = 0, bias = 0;
};

struct row_value {
  std::optional<formula_value> formula = {};
  std::function<position()> trade = {}; ///< where the row is one that simulation values; may throw `not_valued`
  double open = 0;                      ///< of the row's own value, beside its tolerance
  std::optional<std::string> text = {}; ///< where the row is one of text: how Dojima's differs from it, "" if it does not
};
inline row_value formula(double value, double uncertainty) { return {formula_value{value, uncertainty}}; }
row_value same_text(const reference_row& r, const std::string& ours);

struct table_kind {
  std::string name;
  std::vector<std::string> columns; ///< beside those of every kind
  row_value (*value)(const reference_row&);
  std::vector<const char*> shared = {}; ///< rows that agree in these share paths; none: each row has paths of its own
};
std::vector<table_kind> vanilla_tables();
std::vector<table_kind> barrier_tables();
std::vector<table_kind> average_tables();
std::vector<table_kind> extremum_tables();
std::vector<table_kind> choice_tables();
std::vector<table_kind> several_asset_tables();
std::vector<table_kind> model_tables();
std::vector<table_kind> american_tables();
std::vector<table_kind> rate_tables();
std::vector<table_kind> risk_tables();
std::vector<table_kind> random_number_tables();
std::vector<table_kind> function_tables();

/// The stock that most kinds have.
inline lognormal_asset asset_of(const reference_row& r) {
  return {r.positive("spot"), r.number("rate"), r.number("dividend_yield"), r.volatility()};
}

/// Of a double formula whose terms are as large as `scale`.
inline double rounding(double scale) { return 1e-13 * std::abs(scale); }

/// Throws unless the row asserts a price.
void require_price(const reference_row& r);

/// The first and second derivative of f at x by central differences of order 8, at steps of 1/40 of `scale`, over which f
/// changes its form, or less so that they keep within `room`. Uncertain by the difference to order 6, and by the rounding of f,
/// of which `noise` is the size.
formula_value first_derivative(const std::function<double(double)>& f, double x, double scale, double noise,
                               double room = infinity);
formula_value second_derivative(const std::function<double(double)>& f, double x, double scale, double noise,
                                double room = infinity);

/// The price, or a sensitivity of it (delta, gamma, vega, vanna, volga, rho, dividend_rho, theta), as the row asserts, of what
/// is worth price(asset, elapsed) when `elapsed` years have passed. `moneyness`: of d1, for the steps; `room`: from the spot to
/// a kink of the price; `horizon`: years to its first date.
formula_value of_asset(const reference_row& r, const lognormal_asset& asset,
                       const std::function<double(const lognormal_asset&, double)>& price, double noise, double horizon,
                       double moneyness = 0, double room = infinity);

} // namespace dojima
