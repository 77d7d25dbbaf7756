#include "dojima/pricing/report.hpp"

#include <chrono>
#include <map>

#include "dojima/error.hpp"

namespace dojima {

price_report compute_prices(market_data data, portfolio_data positions, const pricing_settings& settings, const stream& on) {
  price_report out;
  out.settings = settings;
  out.as_of = data.snapshot.as_of;
  out.base_currency = data.snapshot.base_currency;
  out.rejected = std::move(data.rejected);
  out.rejected.insert(out.rejected.end(), positions.rejected.begin(), positions.rejected.end());
  out.inputs = std::move(data.files);
  out.inputs.insert(out.inputs.end(), positions.files.begin(), positions.files.end());
  out.device_name = on.where().name();
  out.device_id = on.where().id();
  out.instruction_set = on.where().instruction_set();

  const auto begin = std::chrono::steady_clock::now();
  std::vector<estimate> results = price(positions.trades, data.snapshot, settings, on);
  out.timings.emplace_back("price", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());

  std::map<std::string, book_value> books;
  std::map<std::string, std::vector<std::string>> warned; // trades of each warning
  for (std::size_t i = 0; i < results.size(); ++i) {
    trade& t = positions.trades[i];
    estimate& e = results[i];
    if (!e.warning.empty()) warned[e.warning].push_back(t.id);
    if (e.status.empty()) {
      for (book_value* sum : {&books[t.book], &out.total}) {
        sum->positions += 1;
        sum->value += e.value;
        sum->standard_error_bound += e.standard_error;
      }
    } else {
      out.rejected.push_back({"", 0, t.id, "no value", e.status, ""});
    }
    out.positions.push_back({std::move(t), std::move(e)});
  }
  for (const auto& [warning, ids] : warned)
    out.rejected.push_back({"", 0, ids.front() + (ids.size() > 1 ? " and " + std::to_string(ids.size() - 1) + " others" : ""),
                            warning, "", "", true});
  if (out.total.positions == 0)
    throw input_error("no position has a value" + (out.rejected.empty() ? "" : " (" + to_string(out.rejected.back()) + ")"));
  for (auto& [name, sum] : books) {
    sum.name = name;
    out.books.push_back(std::move(sum));
  }
  return out;
}

} // namespace dojima
