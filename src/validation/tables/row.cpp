// Reading the fields of a row, and derivatives of what it is worth.
#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "text.hpp"
#include "validation/tables/kind.hpp"

namespace dojima {
namespace {

problem unusable(const char* column, const std::string& text, std::string why, std::string suggestion) {
  return {std::string(column) + " = " + (text.empty() ? "(empty)" : io::shortened(text)), std::move(why),
          std::move(suggestion)};
}
double parsed(const char* column, std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const auto x = io::parse_number(text);
  if (!x) throw unusable(column, std::string(text), "not a number", "write decimals with a point");
  const std::string_view name = column;
  const bool is_input = name != "expected" && name != "abs_tolerance",
             is_rate = name.find("rate") != name.npos || name.find("yield") != name.npos || name.find("volatilit") != name.npos;
  if (is_input && std::abs(*x) > (is_rate ? 100 : 1e15))
    throw unusable(column, std::string(text), "outside any market", "is its unit right?");
  return *x;
}
double above_zero(const char* column, double x) {
  if (!(x > 0)) throw unusable(column, number_text(x), "must be above 0", "is the sign right?");
  return x;
}

/// Coefficients of f(x + k h) - f(x - k h), or of f(x + k h) - 2 f(x) + f(x - k h).
constexpr double first_8[] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280}, first_6[] = {3.0 / 4, -3.0 / 20, 1.0 / 60, 0};
constexpr double second_8[] = {8.0 / 5, -1.0 / 5, 8.0 / 315, -1.0 / 560}, second_6[] = {3.0 / 2, -3.0 / 20, 1.0 / 90, 0};

formula_value derivative(const std::function<double(double)>& f, int order, double x, double scale, double noise, double room) {
  const double h = std::min(scale / 40, room / 4.5), centre = f(x);
  double by_8 = 0, by_6 = 0;
  for (int k = 1; k <= 4; ++k) {
    const double up = f(x + k * h), down = f(x - k * h);
    const double part = order == 1 ? up - down : (up - centre) + (down - centre);
    by_8 += (order == 1 ? first_8 : second_8)[k - 1] * part;
    by_6 += (order == 1 ? first_6 : second_6)[k - 1] * part;
  }
  const double power = order == 1 ? h : h * h;
  return {by_8 / power, (std::abs(by_8 - by_6) + 4 * noise) / power, "central differences"};
}

} // namespace

std::vector<std::string> fields(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string field; std::getline(in, field, separator);) parts.push_back(field);
  return parts;
}

const std::string& reference_row::operator[](const char* column) const {
  return row_->fields[static_cast<std::size_t>(table_->required_column(column))];
}
const std::string& reference_row::source() const {
  static const std::string none;
  const int column = table_->column("source");
  return column < 0 ? none : row_->fields[static_cast<std::size_t>(column)];
}
double reference_row::number(const char* column) const { return parsed(column, (*this)[column]); }
double reference_row::positive(const char* column) const { return above_zero(column, number(column)); }
double reference_row::not_negative(const char* column) const { return within(column, 0, infinity); }
double reference_row::within(const char* column, double low, double high) const {
  const double x = number(column);
  if (!(x >= low && x <= high))
    throw unusable(column, (*this)[column], "must be in [" + number_text(low) + ", " + number_text(high) + "]",
                   "is its unit right?");
  return x;
}
int reference_row::count(const char* column, int low, int high) const {
  const double x = within(column, low, high);
  if (x != std::floor(x)) throw unusable(column, (*this)[column], "must be a whole number", "are the columns shifted?");
  return static_cast<int>(x);
}
double reference_row::volatility(const char* column) const { return above_zero(column, positive(column) + volatility_shift_); }
double reference_row::variance(const char* column) const {
  const double volatility = std::sqrt(not_negative(column)) + volatility_shift_;
  return volatility_shift_ == 0 ? not_negative(column) : volatility * volatility;
}
const std::string& reference_row::one_of(const char* column, const std::vector<const char*>& words) const {
  const std::string& text = (*this)[column];
  if (std::ranges::find(words, text) == words.end()) {
    std::string all;
    for (const char* word : words) all += (all.empty() ? "" : ", ") + std::string(word);
    throw unusable(column, text, "unknown", "known are " + all);
  }
  return text;
}
std::vector<double> reference_row::numbers(const char* column) const {
  std::vector<double> values;
  for (const std::string& field : fields((*this)[column], ';')) values.push_back(parsed(column, field));
  return values;
}
std::vector<double> reference_row::volatilities(const char* column) const {
  std::vector<double> values = numbers(column);
  for (double& x : values) x = above_zero(column, above_zero(column, x) + volatility_shift_);
  return values;
}
std::vector<std::vector<double>> reference_row::matrix(const char* column, std::size_t rows) const {
  std::vector<std::vector<double>> all;
  for (const std::string& line : fields((*this)[column], '|')) {
    auto& values = all.emplace_back();
    for (const std::string& field : fields(line, ';')) values.push_back(parsed(column, field));
  }
  if (rows == 0) rows = all.size();
  if (all.empty() || all.size() != rows || std::ranges::any_of(all, [&](const auto& line) { return line.size() != rows; }))
    throw unusable(column, (*this)[column], "must be a square matrix of " + std::to_string(rows) + " rows",
                   "separate rows by |, numbers by ;");
  return all;
}

row_value same_text(const reference_row& r, const std::string& ours) {
  row_value v;
  v.text = r["expected"] == ours ? "" : "closed_form is " + ours + ", table " + r["expected"];
  return v;
}

formula_value first_derivative(const std::function<double(double)>& f, double x, double scale, double noise, double room) {
  return derivative(f, 1, x, scale, noise, room);
}
formula_value second_derivative(const std::function<double(double)>& f, double x, double scale, double noise, double room) {
  return derivative(f, 2, x, scale, noise, room);
}

void require_price(const reference_row& r) {
  if (r.quantity() != "price") throw not_valued{"quantity " + r.quantity()};
}

formula_value of_asset(const reference_row& r, const lognormal_asset& asset,
                       const std::function<double(const lognormal_asset&, double)>& price, double noise, double horizon,
                       double moneyness, double room) {
  const std::string& quantity = r.quantity();
  const double steep = 1 + std::abs(moneyness), sigma = asset.volatility;
  const double of_spot = std::min(asset.spot, asset.spot * asset.deviation(horizon) / steep);
  const double of_volatility = sigma / (steep * steep), of_rate = std::min(1.0, sigma / std::sqrt(horizon) / steep);
  const auto at_spot = [&](double volatility) {
    return [&, volatility](double s) { return price({s, asset.rate, asset.yield, volatility}, 0); };
  };
  const auto at_volatility = [&](double s) { return price({asset.spot, asset.rate, asset.yield, s}, 0); };
  if (quantity == "price") return {price(asset, 0), noise};
  if (!(room > 0)) throw not_valued{"quantity " + quantity + " where the price has a kink"};
  if (quantity == "delta") return first_derivative(at_spot(sigma), asset.spot, of_spot, noise, room);
  if (quantity == "gamma") return second_derivative(at_spot(sigma), asset.spot, of_spot, noise, room);
  if (quantity == "vega") return first_derivative(at_volatility, sigma, of_volatility, noise);
  if (quantity == "volga") return second_derivative(at_volatility, sigma, of_volatility, noise);
  if (quantity == "vanna") {
    const auto delta = [&](double s) { return first_derivative(at_spot(s), asset.spot, of_spot, noise, room); };
    return first_derivative([&](double s) { return delta(s).value; }, sigma, of_volatility, delta(sigma).uncertainty);
  }
  if (quantity == "rho")
    return first_derivative(
        [&](double x) {
          return price({asset.spot, x, asset.yield, sigma}, 0);
        },
        asset.rate, of_rate, noise);
  if (quantity == "dividend_rho")
    return first_derivative(
        [&](double x) {
          return price({asset.spot, asset.rate, x, sigma}, 0);
        },
        asset.yield, of_rate, noise);
  if (quantity == "theta" || quantity == "theta_per_day") {
    formula_value theta = first_derivative([&](double t) { return price(asset, t); }, 0, horizon / (steep * steep), noise);
    if (quantity == "theta_per_day") theta.value /= 365, theta.uncertainty /= 365;
    return theta;
  }
  throw not_valued{"quantity " + quantity};
}

} // namespace dojima
