// report.html, report.json, pnl.csv and rejected.csv. Fields: docs/formats.md.
#include "dojima/risk/report.hpp"
#include "dojima/version.hpp"
#include "report/assets.hpp"
#include "report/output.hpp"
#include "report/page.hpp"
#include "text.hpp"

namespace dojima {
namespace {

using namespace output;

json interval(const std::optional<range>& r) { return r ? json{number(r->low), number(r->high)} : json(nullptr); }

json numbers(const std::vector<double>& values) {
  return list(values, [](double x) { return number(x); });
}

json dates(const std::vector<date>& days) {
  return list(days, [](date d) { return to_string(d); });
}

json books(const std::map<std::string, double>& values) {
  json object = json::object();
  for (const auto& [name, value] : values) object[name] = number(value);
  return object;
}

json measure(const measure_row& m) {
  return {{"method", m.method},
          {"level", m.level},
          {"horizon_days", m.horizon_days},
          {"var", number(m.tail.var)},
          {"es", number(m.tail.es)},
          {"var_ci", interval(m.tail.var_ci)},
          {"es_ci", interval(m.tail.es_ci)},
          {"scenarios", m.scenarios},
          {"mc_standard_error", number(m.simulation_error)}};
}

json test(const likelihood_ratio& t) { return {{"statistic", number(t.statistic)}, {"p_value", number(t.p_value)}}; }

json backtest(const backtest_result& b) {
  return {
      {"method", "historical"},
      {"level", b.level},
      {"window", b.window},
      {"days", b.series.size()},
      {"exceptions", b.exceptions},
      {"expected", b.expected},
      {"kupiec", test(b.coverage)},
      {"christoffersen_independence", test(b.clustering.independence)},
      {"christoffersen_conditional_coverage", test(b.clustering.conditional_coverage)},
      {"basel_exceptions", b.basel_exceptions},
      {"basel_zone", b.zone.zone},
      {"basel_plus_factor", b.zone.plus_factor},
      {"series", list(b.series, [](const backtest_day& d) {
         return json{{"date", to_string(d.day)}, {"pnl", number(d.pnl)}, {"var", number(d.var)}, {"exception", d.exception}};
       })}};
}

json report_json(const risk_report& r) {
  json conventions = json::object();
  for (const auto& [name, text] : r.conventions) conventions[name] = text;
  json j;
  j["schema"] = "dojima.risk/1";
  j["title"] = r.settings.title;
  j["as_of"] = to_string(r.as_of);
  j["base_currency"] = r.base_currency;
  j["market_value"] = number(r.market_value);
  j["market_value_standard_error"] = number(r.market_value_error);
  j["positions"] = r.positions;
  j["rejected_count"] = rejected_rows(r.rejected);
  j["interval"] = r.settings.interval;
  j["conventions"] = conventions;
  j["measures"] = list(r.measures, measure);
  j["component_level"] = r.settings.component_level;
  j["components"] = list(r.components, [](const component_row& c) {
    return json{{"grouping", c.grouping},
                {"name", c.name},
                {"positions", c.positions},
                {"market_value", number(c.market_value)},
                {"standalone_var", number(c.standalone_var)},
                {"component_var", number(c.component_var)},
                {"component_es", number(c.component_es)},
                {"incremental_var", number(c.incremental_var)}};
  });
  j["distributions"] = list(r.distributions, [](const distribution& d) {
    json by_book = json::object();
    for (const auto& [name, pnl] : d.books) by_book[name] = numbers(pnl);
    return json{{"method", d.method}, {"dates", dates(d.dates)}, {"pnl", numbers(d.pnl)}, {"books", by_book}};
  });
  j["worst_scenarios"] = json::array();
  for (std::size_t i = 0; i < r.worst.size(); ++i) {
    const worst_scenario& w = r.worst[i];
    j["worst_scenarios"].push_back({{"rank", i + 1},
                                    {"date", to_string(w.day)},
                                    {"pnl", number(w.pnl)},
                                    {"books", books(w.books)},
                                    {"moves", list(w.moves, [](const factor_move& m) {
                                       return json{{"factor", m.factor.name},
                                                   {"class", to_string(m.factor.kind)},
                                                   {"type", to_string(m.type)},
                                                   {"shock", number(m.shock)}};
                                     })}});
  }
  j["backtest"] = r.backtest ? backtest(*r.backtest) : json(nullptr);
  j["exposures"] = list(r.exposures, [](const exposure_row& e) {
    return json{{"grouping", e.grouping},
                {"name", e.name},
                {"long", number(e.long_value)},
                {"short", number(e.short_value)},
                {"net", number(e.long_value + e.short_value)}};
  });
  j["sensitivities"] = list(r.sensitivities, [](const sensitivity_row& s) {
    return json{{"kind", s.kind}, {"name", s.name}, {"value", number(s.value)}};
  });
  j["books"] = list(r.books, [](const book_section& b) {
    return json{{"name", b.name},
                {"positions", b.positions},
                {"market_value", number(b.market_value)},
                {"measures", list(b.measures, measure)},
                {"top_positions", list(b.top, [](const position_row& p) {
                   return json{{"id", p.id},
                               {"product", p.product},
                               {"underlying", p.underlying},
                               {"market_value", number(p.market_value)},
                               {"component_es", number(p.component_es)}};
                 })}};
  });
  j["rejected"] = rejections(r.rejected, false);
  j["warnings"] = rejections(r.rejected, true);
  j["manifest"] = {{"version", DOJIMA_VERSION},
                   {"seed", r.settings.pricing.seed},
                   {"device", r.device_name},
                   {"device_id", r.device_id},
                   {"instruction_set", r.instruction_set},
                   {"command", r.command},
                   {"inputs", inputs(r.inputs)},
                   {"timings", timings(r.timings)},
                   {"scenarios", r.scenarios},
                   {"trades", r.positions},
                   {"trades_x_scenarios_per_second", number(r.trades_x_scenarios_per_second)}};
  return j;
}

std::string pnl_csv(const risk_report& r) {
  std::string out = "method,scenario,date,total";
  for (const book_section& b : r.books) out += "," + csv_text(b.name);
  out += "\n";
  for (const distribution& d : r.distributions)
    for (std::size_t s = 0; s < d.pnl.size(); ++s) {
      out += d.method + "," + std::to_string(s + 1) + "," + (d.dates.empty() ? "" : to_string(d.dates[s])) + "," +
             number_text(d.pnl[s], 17);
      for (const book_section& b : r.books) out += "," + number_text(d.books.at(b.name)[s], 17);
      out += "\n";
    }
  return out;
}

} // namespace

void write_report(const risk_report& report, const std::filesystem::path& directory) {
  make_directory(directory);
  const std::string text = json_text(report_json(report));
  write_whole(directory / "report.json", text + "\n");
  write_whole(directory / "pnl.csv", pnl_csv(report));
  write_whole(directory / "rejected.csv", rejected_csv(report.rejected));
  write_whole(directory / "report.html", page_html("Risk report", assets::report_html, assets::report_js, text));
}

} // namespace dojima
