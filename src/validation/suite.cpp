// Every product under every process, in one market.
#include <cmath>

#include "dojima/validation/validate.hpp"

namespace dojima {
namespace {

constexpr double spot = 100;

/// Half a year from a Monday; 26 weeks, so that all dates are whole weeks.
const date today = std::chrono::sys_days{std::chrono::year{2026} / 1 / 5};
date week(int n) { return today + std::chrono::days{7 * n}; }
constexpr int half_year = 26;

std::vector<date> every_fourth_week() {
  std::vector<date> days;
  for (int n = 2; n <= half_year; n += 4) days.push_back(week(n));
  return days;
}
std::vector<fixing_date> fixings(bool from_today = false) {
  std::vector<fixing_date> all;
  if (from_today) all.push_back({today, {}});
  for (const date d : every_fourth_week()) all.push_back({d, {}});
  return all;
}

/// Volatilities near 20 %; the names are those of the groups.
std::vector<std::pair<std::string, model>> models() {
  const heston_model heston{0.04, 1.5, 0.04, 0.5, -0.6};
  heston_model euler = heston;
  euler.with = heston_model::scheme::full_truncation;
  local_volatility_model local;
  for (int n = 1; n <= half_year; ++n) {
    local.times.push_back(7.0 * n / 365);
    auto& row = local.values.emplace_back();
    for (int j = -20; j <= 20; ++j) row.push_back(0.2 - 0.1 * std::tanh(0.05 * j / 0.4));
  }
  for (int j = -20; j <= 20; ++j) local.log_moneyness.push_back(0.05 * j);
  return {{"black_scholes", black_scholes_model{}},
          {"local_volatility", local},
          {"heston", heston},
          {"heston_euler", euler},
          {"bates", bates_model{heston, 0.4, -0.08, 0.12}},
          {"merton", merton_model{0.16, 0.8, -0.05, 0.12}},
          {"kou", kou_model{0.16, 3, 0.4, 20, 15}},
          {"cev", cev_model{2, 0.5}},
          {"sabr", sabr_model{2, 0.5, 0.5, -0.4}},
          {"rough_bergomi", rough_bergomi_model{0.04, 1.5, 0.1, -0.6}}};
}

underlying stock_named(const std::string& name, model dynamics) {
  underlying u;
  u.name = name;
  u.currency = "USD";
  u.spot = spot;
  u.dividend_yield = 0.01;
  u.surface = flat_volatility{0.2};
  u.dynamics = std::move(dynamics);
  return u;
}

/// The products on one underlying; `other` is a second one under the same model.
portfolio products(const std::string& name, const std::string& other, const model& dynamics) {
  const date end = week(half_year), middle = week(10);
  const auto call = option_type::call, put = option_type::put;
  const std::vector<date> dates = every_fourth_week();
  portfolio book;
  const auto add = [&](const char* what, contract terms, double quantity = 1) {
    book.push_back({name + ' ' + what, name, name, quantity, std::move(terms)});
  };
  add("stock", stock{});
  add("call", european_option{call, 105, end});
  add("put", european_option{put, 95, end});
  add("cash digital", digital_option{call, 100, end, 10.0});
  add("asset digital", digital_option{put, 100, end, {}});
  add("up-and-out call", barrier_option{call, 95, end, true, false, 125, 2});
  add("down-and-in put", barrier_option{put, 100, end, false, true, 88, 1});
  add("down-and-out call on dates", barrier_option{call, 100, end, false, false, 90, 0, dates});
  add("double knock-out", double_barrier_option{call, 98, end, false, 80, 130, 0});
  add("double knock-in on dates", double_barrier_option{put, 102, end, true, 85, 120, 1, dates});
  add("one-touch", touch_option{end, true, false, false, 115, 10});
  add("one-touch at hit", touch_option{end, false, false, true, 90, 10});
  add("no-touch", touch_option{end, false, true, false, 88, 10});
  add("arithmetic Asian", asian_option{call, 100, end, fixings()});
  add("geometric Asian", asian_option{put, 102, end, fixings(), averaging::geometric});
  add("average strike", asian_option{call, 0, end, fixings(), averaging::geometric, true});
  add("fixed lookback", lookback_option{call, 105, end, fixings()});
  add("floating lookback", lookback_option{put, {}, end, fixings()});
  add("basket", basket_option{put, 200, end, basket_kind::sum, {{name, 1}, {other, 1}}});
  add("best of two", basket_option{call, 105, end, basket_kind::best, {{name, 1}, {other, 1}}});
  add("worst of two", basket_option{put, 98, end, basket_kind::worst, {{name, 1}, {other, 1}}});
  add("exchange", basket_option{call, 0, end, basket_kind::sum, {{name, 1}, {other, -1}}});
  add("cliquet", cliquet_option{fixings(true), -0.04, 0.06, 0}, 100);
  add("forward start", forward_start_option{call, 1.02, {middle, {}}, end});
  add("forward start on return", forward_start_option{put, 1, {middle, {}}, end, true}, 100);
  add("chooser", chooser_option{middle, 101, end});
  add("variance swap", variance_swap{0.03, false, fixings(true), 13}, 1000);
  add("volatility swap", variance_swap{0.18, true, fixings(true), 13}, 100);
  add("autocallable", autocallable_note{{{name, spot}, {other, spot}}, dates, 0.02, 0.8, 1.0, 0.75}, 100);
  if (std::holds_alternative<black_scholes_model>(dynamics)) {
    add("American put", american_option{put, 102, end});
    add("American call", american_option{call, 100, end});
    add("call on call", compound_option{call, 4, middle, call, 100, end});
    add("put on call", compound_option{put, 5, middle, call, 102, end});
  }
  return book;
}

} // namespace

std::pair<market, portfolio> validation_suite() {
  market m{today, "USD", {{"USD", curve::flat(0.03)}, {"EUR", curve::flat(0.02)}}, {{"USD", 1.0}, {"EUR", 1.1}}, {}};
  portfolio book;
  for (const auto& [name, dynamics] : models()) {
    const std::string other = name + "_2";
    m.underlyings[name] = stock_named(name, dynamics);
    m.underlyings[other] = stock_named(other, dynamics);
    m.correlations[{name, other}] = 0.5;
    const portfolio part = products(name, other, dynamics);
    book.insert(book.end(), part.begin(), part.end());
  }
  underlying pair;
  pair.name = "EURUSD";
  pair.kind = asset_class::fx;
  pair.currency = "USD";
  pair.foreign = "EUR";
  pair.spot = 1.1;
  pair.surface = flat_volatility{0.09};
  m.underlyings["EURUSD"] = pair;
  const date end = week(half_year);
  book.push_back({"EURUSD forward", "fx", "EURUSD", 100, fx_forward{1.08, end}});
  book.push_back({"EURUSD call", "fx", "EURUSD", 100, european_option{option_type::call, 1.12, end}});
  book.push_back({"EURUSD one-touch", "fx", "EURUSD", 1, touch_option{end, true, false, false, 1.18, 10}});
  return {m, book};
}

} // namespace dojima
