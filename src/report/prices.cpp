// prices.json, prices.csv and rejected.csv. Fields: docs/formats.md.
#include "dojima/pricing/report.hpp"
#include "dojima/version.hpp"
#include "report/output.hpp"
#include "text.hpp"

namespace dojima {
namespace output {

json settings_json(const pricing_settings& s) {
  static constexpr const char* methods[] = {"automatic", "closed_form", "monte_carlo"};
  static constexpr const char* precisions[] = {"double", "single", "mixed"};
  static constexpr const char* points[] = {"philox", "sobol"};
  static constexpr const char* constructions[] = {"brownian_bridge", "principal_components"};
  return {{"method", methods[static_cast<int>(s.method)]},
          {"paths", s.paths},
          {"target_error", s.target_error ? json(*s.target_error) : json(nullptr)},
          {"most_paths", s.most_paths},
          {"precision", precisions[static_cast<int>(s.format)]},
          {"sampling", points[static_cast<int>(s.points)]},
          {"replicates", s.replicates},
          {"path_construction", constructions[static_cast<int>(s.construction)]},
          {"antithetic", s.antithetic},
          {"control_variates", s.control_variates},
          {"importance_sampling", s.importance_sampling},
          {"repair_correlation", s.repair_correlation},
          {"greeks", s.greeks},
          {"largest_step", s.largest_step},
          {"memory_mib", s.memory_mib},
          {"checkpoint", s.checkpoint.string()},
          {"asian_paths", s.asian_paths},
          {"block_mib", s.block_mib},
          {"seed", s.seed}};
}

} // namespace output

namespace {

using namespace output;

json sensitivity_json(const sensitivity& s) {
  return {{"value", number(s.value)}, {"standard_error", number(s.standard_error)}};
}

json greeks_json(const priced_position& p) {
  if (!p.result.greeks) return nullptr;
  const sensitivities& g = *p.result.greeks;
  const std::vector<std::string> names = underlyings_of(p.terms);
  const auto by_underlying = [&](const std::vector<sensitivity>& all) {
    json rows = json::array();
    for (std::size_t i = 0; i < all.size(); ++i)
      rows.push_back(
          {{"underlying", names[i]}, {"value", number(all[i].value)}, {"standard_error", number(all[i].standard_error)}});
    return rows;
  };
  return {{"delta", by_underlying(g.delta)},
          {"gamma", by_underlying(g.gamma)},
          {"vega", sensitivity_json(g.vega)},
          {"rho", sensitivity_json(g.rho)},
          {"theta", sensitivity_json(g.theta)}};
}

json position_json(const priced_position& p) {
  const estimate& e = p.result;
  const bool valued = e.status.empty();
  return {{"id", p.terms.id},
          {"book", p.terms.book},
          {"product", product_name(p.terms.terms)},
          {"underlying", p.terms.underlying},
          {"quantity", p.terms.quantity},
          {"value", valued ? number(e.value) : json(nullptr)},
          {"standard_error", valued ? number(e.standard_error) : json(nullptr)},
          {"method", e.method},
          {"paths", e.paths},
          {"variance_ratio", number(e.variance_ratio)},
          {"variance_reduction", e.variance_reduction},
          {"seconds", e.seconds},
          {"status", e.status},
          {"warning", e.warning},
          {"greeks", greeks_json(p)},
          {"precision_difference", number(e.precision_difference)}};
}

json prices_json(const price_report& r) {
  json j;
  j["schema"] = "dojima.price/1";
  j["title"] = r.title;
  j["as_of"] = to_string(r.as_of);
  j["base_currency"] = r.base_currency;
  j["value"] = number(r.total.value);
  j["standard_error_bound"] = number(r.total.standard_error_bound);
  j["positions"] = r.total.positions;
  j["rejected_count"] = rejected_rows(r.rejected);
  j["settings"] = settings_json(r.settings);
  j["prices"] = list(r.positions, position_json);
  j["books"] = list(r.books, [](const book_value& b) {
    return json{{"name", b.name},
                {"positions", b.positions},
                {"value", number(b.value)},
                {"standard_error_bound", number(b.standard_error_bound)}};
  });
  j["rejected"] = rejections(r.rejected, false);
  j["warnings"] = rejections(r.rejected, true);
  j["manifest"] = {{"version", DOJIMA_VERSION},
                   {"seed", r.settings.seed},
                   {"device", r.device_name},
                   {"device_id", r.device_id},
                   {"instruction_set", r.instruction_set},
                   {"command", r.command},
                   {"inputs", inputs(r.inputs)},
                   {"timings", timings(r.timings)}};
  return j;
}

/// `,values,errors`, each a list where there are several; empty where nothing was computed.
std::string greek_cells(const std::vector<sensitivity>& all) {
  std::string values, errors;
  for (const sensitivity& s : all) {
    values += (values.empty() ? "" : ";") + number_text(s.value, 17);
    errors += (errors.empty() ? "" : ";") + number_text(s.standard_error, 17);
  }
  return "," + values + "," + errors;
}

std::string prices_csv(const price_report& r) {
  std::string out = "id,book,product,underlying,quantity,value,standard_error,method,paths,variance_reduction,seconds,status";
  if (r.settings.greeks) out += ",delta,delta_error,gamma,gamma_error,vega,vega_error,rho,rho_error,theta,theta_error";
  const bool compared = r.settings.format != simulation_precision::double_;
  if (compared) out += ",precision_difference";
  out += "\n";
  for (const priced_position& p : r.positions) {
    const estimate& e = p.result;
    const auto if_valued = [&](double x) { return e.status.empty() ? number_text(x, 17) : ""; };
    out += csv_text(p.terms.id) + "," + csv_text(p.terms.book) + "," + product_name(p.terms.terms) + "," +
           csv_text(p.terms.underlying) + "," + number_text(p.terms.quantity, 17) + "," + if_valued(e.value) + "," +
           if_valued(e.standard_error) + "," + e.method + "," + std::to_string(e.paths) + "," + csv_text(e.variance_reduction) +
           "," + number_text(e.seconds) + "," + csv_text(e.status);
    if (r.settings.greeks) {
      if (const auto& g = e.greeks)
        out += greek_cells(g->delta) + greek_cells(g->gamma) + greek_cells({g->vega}) + greek_cells({g->rho}) +
               greek_cells({g->theta});
      else out += ",,,,,,,,,,";
    }
    if (compared) out += "," + (e.precision_difference ? number_text(*e.precision_difference, 17) : "");
    out += "\n";
  }
  return out;
}

} // namespace

void write_prices(const price_report& report, const std::filesystem::path& directory) {
  make_directory(directory);
  write_whole(directory / "prices.json", json_text(prices_json(report)) + "\n");
  write_whole(directory / "prices.csv", prices_csv(report));
  write_whole(directory / "rejected.csv", rejected_csv(report.rejected));
}

} // namespace dojima
