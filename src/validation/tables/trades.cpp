#include "validation/tables/trades.hpp"

#include <algorithm>

namespace dojima {
namespace {

const date start = *parse_date("2022-12-28");

struct paid_on_last final : payoff {
  std::function<path_value(const observation&)> amount;
  path_value paid = 0.0;
  explicit paid_on_last(std::function<path_value(const observation&)> f) : amount(std::move(f)) {}
  std::vector<path_value*> state() override { return {&paid}; }
  void observe(int, const observation& o) override { paid = amount(o); }
  path_value value() const override { return paid; }
};

} // namespace

std::vector<double> spaced(double first, double last, int n) {
  std::vector<double> times(static_cast<std::size_t>(n), first);
  for (int i = 1; i < n; ++i) times[static_cast<std::size_t>(i)] += (last - first) * i / (n - 1);
  return times;
}

calendar::calendar(const std::vector<double>& times) {
  constexpr int most = 100'000;
  const double last = last_ = *std::ranges::max_element(times);
  const auto whole = [&](int days) {
    return std::ranges::all_of(times, [&](double t) {
      const double day = t / last * days;
      return std::abs(day - std::round(day)) < 1e-9 * days;
    });
  };
  int fewest = 1;
  while (fewest <= most && !whole(fewest)) ++fewest;
  if (!(last > 0) || fewest > most) throw not_valued{"its times are no whole days at any pace"};
  days_ = fewest * std::clamp(std::round(365 * last / fewest), 1.0, std::max(1.0, std::floor(1.0 * most / fewest))) / last;
}

date calendar::day(double time) const { return start + std::chrono::days{std::lround(time * days_)}; }
std::vector<date> calendar::days(const std::vector<double>& times) const {
  std::vector<date> all;
  for (const double t : times) all.push_back(day(t));
  return all;
}
std::vector<fixing_date> calendar::fixings(const std::vector<double>& times, std::optional<double> past) const {
  std::vector<fixing_date> all;
  if (past) all.push_back({start - std::chrono::days{1}, past});
  for (const double t : times) all.push_back({day(t), {}});
  return all;
}

market calendar::stock(double spot, double rate_of_row, double yield, double sigma) const {
  if (sigma * std::sqrt(last_) > 2.4) throw not_valued{"ln S has a deviation above 2.4, at which samples say little"};
  market m{start, "USD", {{"USD", curve::flat(rate(rate_of_row))}}, {{"USD", 1.0}}, {}};
  underlying x;
  x.name = "X";
  x.currency = "USD";
  x.spot = spot;
  x.dividend_yield = rate(yield);
  x.surface = flat_volatility{volatility(sigma)};
  m.underlyings["X"] = x;
  return m;
}
market calendar::stock(const reference_row& r) const {
  return stock(r.positive("spot"), r.number("rate"), r.number("dividend_yield"), r.volatility());
}
market calendar::stock(double spot, double rate_of_row, double yield, model dynamics) const {
  market m = stock(spot, rate_of_row, yield, 0.2);
  m.underlyings["X"].dynamics = std::move(dynamics);
  return m;
}
market calendar::stock(const reference_row& r, model dynamics) const {
  return stock(r.positive("spot"), r.number("rate"), r.number("dividend_yield"), std::move(dynamics));
}

custom_option pays(const std::function<path_value(const observation&)>& amount, date expiry) {
  return {"custom", [amount] { return std::make_unique<paid_on_last>(amount); }, {"X"}, {{expiry}}, expiry};
}

} // namespace dojima
