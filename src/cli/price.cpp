// dojima price
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.hpp"
#include "dojima/pricing/report.hpp"

namespace dojima::cli {
namespace {

/// A table whose columns are as wide as their contents; text to the left, numbers to the right.
class table {
public:
  struct column {
    std::string head;
    bool number = true;
  };
  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print() const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      widths.push_back(columns_[c].head.size());
      for (const auto& row : rows_) widths[c] = std::max(widths[c], row[c].size());
    }
    const auto line = [&](const auto& cell) {
      std::string text;
      for (std::size_t c = 0; c < columns_.size(); ++c)
        text += fmt::format(fmt::runtime(columns_[c].number ? "{:>{}}  " : "{:<{}}  "), cell(c), widths[c]);
      fmt::print("{}\n", text.substr(0, text.find_last_not_of(' ') + 1));
    };
    line([&](std::size_t c) { return columns_[c].head; });
    for (const auto& row : rows_) line([&](std::size_t c) { return row[c]; });
  }

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

std::string greek(const std::vector<sensitivity>& all) {
  std::string text;
  for (const sensitivity& s : all) text += (text.empty() ? "" : ";") + fmt::format("{:.5g}", s.value);
  return text;
}

void print_prices(const price_report& r) {
  std::vector<table::column> columns{
      {"id", false}, {"product", false}, {"underlying", false}, {"value"}, {"error"}, {"method", false}, {"paths"}, {"ms"}};
  if (r.settings.greeks)
    for (const char* name : {"delta", "gamma", "vega", "rho", "theta"}) columns.push_back({name});
  columns.push_back({"status", false});
  table all(std::move(columns));
  for (const auto& [t, e] : r.positions) {
    const bool valued = e.status.empty();
    const std::string product = product_name(t.terms);
    std::vector<std::string> cells{t.id,
                                   product,
                                   t.underlying,
                                   valued ? fmt::format("{:.2f}", e.value) : "",
                                   e.standard_error > 0 ? fmt::format("{:.2g}", e.standard_error) : "",
                                   e.method,
                                   e.paths > 0 ? std::to_string(e.paths) : "",
                                   fmt::format("{:.2f}", 1e3 * e.seconds)};
    if (r.settings.greeks) {
      const sensitivities g = e.greeks.value_or(sensitivities{});
      for (const auto& one : {g.delta, g.gamma, std::vector{g.vega}, std::vector{g.rho}, std::vector{g.theta}})
        cells.push_back(e.greeks ? greek(one) : "");
    }
    cells.push_back(valued ? "ok" : e.status);
    all.add(std::move(cells));
  }
  all.print();

  fmt::print("\n");
  table sums({{"book", false}, {"positions"}, {"value in " + r.base_currency}, {"error at most"}});
  const auto add = [&](const std::string& name, const book_value& b) {
    sums.add(
        {name, std::to_string(b.positions), fmt::format("{:.2f}", b.value), fmt::format("{:.2g}", b.standard_error_bound)});
  };
  for (const book_value& b : r.books) add(b.name, b);
  add("all", r.total);
  sums.print();

  std::optional<double> difference;
  for (const auto& [t, e] : r.positions)
    if (e.precision_difference) difference = std::max(difference.value_or(0.0), std::abs(*e.precision_difference));
  if (difference) fmt::print("\nin double precision values differ by at most {:.2g} on the first 4,096 paths\n", *difference);
}

} // namespace

int run_price(const run_options& o) {
  const auto begin = std::chrono::steady_clock::now();
  const stream on(device::parse(o.device));
  run_inputs in = read_inputs(o);
  for (const auto& change : o.changes) change(in.settings.pricing);
  price_report report = compute_prices(std::move(in.data), std::move(in.positions), in.settings.pricing, on);
  say(report.rejected, in.said);
  report.title = o.config.empty() ? "Prices" : in.settings.title;
  report.command = o.command;
  report.timings.emplace_back("total", seconds_since(begin));
  if (!o.out.empty()) write_prices(report, o.out);
  if (talks()) {
    print_prices(report);
    fmt::print("\n{} of {} on {} ({}), {:.2f} s\n", report.total.positions, to_string(report.as_of), report.device_name,
               report.instruction_set, seconds_since(begin));
    if (!o.out.empty()) fmt::print("prices: {}\n", (std::filesystem::path(o.out) / "prices.csv").string());
  }
  return verdict(report.rejected, o.strict);
}

} // namespace dojima::cli
