// validation.html, validation.json, junit.xml and rejected.csv. Fields: docs/formats.md.
#include <pugixml.hpp>
#include <sstream>

#include "dojima/validation/validate.hpp"
#include "dojima/version.hpp"
#include "report/assets.hpp"
#include "report/output.hpp"
#include "report/page.hpp"
#include "text.hpp"

namespace dojima {
namespace {

using namespace output;

constexpr const char* sampling_names[] = {"philox", "sobol"};

json road_json(const road_value& r) {
  if (!r.missing.empty()) return {{"road", r.road}, {"missing", r.missing}};
  return {{"road", r.road},
          {"value", number(r.value)},
          {"standard_error", number(r.standard_error)},
          {"uncertainty", number(r.uncertainty)},
          {"method", r.method},
          {"seconds", r.seconds}};
}

json comparison_json(const comparison& c) {
  return {{"left", c.left},         {"right", c.right}, {"difference", number(c.difference)},
          {"ulps", number(c.ulps)}, {"z", number(c.z)}, {"limit", number(c.limit)},
          {"agrees", c.agrees}};
}

json item_json(const validated& v) {
  return {{"id", v.id},
          {"group", v.group},
          {"product", v.product},
          {"model", v.model},
          {"quantity", v.quantity},
          {"verdict", to_string(v.outcome)},
          {"reason", v.reason},
          {"roads", list(v.roads, road_json)},
          {"comparisons", list(v.comparisons, comparison_json)}};
}

json significance_json(const significance& s) { return {{"statistic", number(s.statistic)}, {"p_value", number(s.p_value)}}; }

json law_json(const normality& t, const std::vector<double>& z) {
  json j{{"verdict", to_string(t.outcome)}, {"reason", t.reason}, {"count", t.count}};
  const bool tested = t.outcome != verdict::skipped;
  j["level"] = normality::level;
  j["mean"] = tested ? number(t.mean) : json(nullptr);
  j["variance"] = tested ? number(t.variance) : json(nullptr);
  j["bins"] = t.bins;
  j["chi_square"] = tested ? significance_json(t.chi_square) : json(nullptr);
  j["mean_test"] = tested ? significance_json(t.mean_test) : json(nullptr);
  j["variance_test"] = tested ? significance_json(t.variance_test) : json(nullptr);
  j["z"] = list(z, [](double x) { return number(x); });
  return j;
}

json curve_json(const convergence_curve& c) {
  return {{"id", c.id},
          {"product", c.product},
          {"model", c.model},
          {"sampling", sampling_names[static_cast<int>(c.points)]},
          {"seeds", c.seeds},
          {"value", number(c.value)},
          {"slope", number(c.slope)},
          {"points", list(c.errors, [](const convergence_point& p) {
             return json{{"paths", p.paths}, {"error", number(p.error)}, {"standard_error", number(p.standard_error)}};
           })}};
}

json validation_json(const validation_report& r) {
  json j;
  j["schema"] = "dojima.validation/1";
  j["title"] = r.title;
  j["as_of"] = r.as_of == date{} ? json(nullptr) : json(to_string(r.as_of));
  j["base_currency"] = r.base_currency;
  j["verdict"] = r.passed() ? "passed" : "failed";
  json counts{{"passed", 0}, {"failed", 0}, {"listed", 0}, {"skipped", 0}};
  for (const validated& v : r.items) counts[to_string(v.outcome)] = counts[to_string(v.outcome)].get<std::size_t>() + 1;
  j["counts"] = counts;
  j["settings"] = {{"threshold", r.settings.threshold},
                   {"fault", r.settings.fault ? json(to_string(*r.settings.fault)) : json(nullptr)}};
  j["settings"].update(settings_json(r.settings.pricing));
  j["devices"] = list(r.devices, [](const validated_device& d) {
    return json{{"id", d.id}, {"name", d.name}, {"instruction_set", d.instruction_set}, {"bitwise", d.bitwise}};
  });
  j["references"] = list(r.references, [](const auto& reference) {
    return json{{"name", reference.first}, {"status", reference.second}};
  });
  j["groups"] = list(r.groups, [](const validation_group& g) {
    return json{{"name", g.name},
                {"passed", g.passed},
                {"failed", g.failed},
                {"listed", g.listed},
                {"skipped", g.skipped},
                {"worst_z", number(g.worst_z)},
                {"worst_use_of_limit", number(g.worst_use)},
                {"worst_id", g.worst_id}};
  });
  j["law"] = law_json(r.law, r.z);
  j["convergence"] = list(r.convergence, curve_json);
  j["items"] = list(r.items, item_json);
  j["rejected_count"] = rejected_rows(r.rejected);
  j["rejected"] = rejections(r.rejected, false);
  j["warnings"] = rejections(r.rejected, true);
  j["manifest"] = {
      {"version", DOJIMA_VERSION}, {"command", r.command}, {"inputs", inputs(r.inputs)}, {"timings", timings(r.timings)}};
  return j;
}

/// Text for XML: bytes that are no UTF-8 appear as U+FFFD.
std::string valid(const std::string& text) { return json::parse(json_text(text)).get<std::string>(); }

/// Adds up what its cases are.
class junit_suite {
public:
  junit_suite(pugi::xml_node parent, const std::string& name) : node_(parent.append_child("testsuite")), name_(valid(name)) {
    node_.append_attribute("name") = name_.c_str();
  }
  void add(const std::string& name, verdict outcome, const std::string& reason, double seconds) {
    pugi::xml_node c = node_.append_child("testcase");
    c.append_attribute("classname") = name_.c_str();
    c.append_attribute("name") = valid(name).c_str();
    c.append_attribute("time") = number_text(seconds, 6).c_str();
    ++tests_;
    seconds_ += seconds;
    if (outcome == verdict::passed) return;
    ++(outcome == verdict::failed ? failures_ : skipped_);
    const std::string message = (outcome == verdict::listed ? "listed: " : "") + valid(reason);
    c.append_child(outcome == verdict::failed ? "failure" : "skipped").append_attribute("message") = message.c_str();
  }
  void finish() {
    node_.append_attribute("tests") = tests_;
    node_.append_attribute("failures") = failures_;
    node_.append_attribute("errors") = 0;
    node_.append_attribute("skipped") = skipped_;
    node_.append_attribute("time") = number_text(seconds_, 6).c_str();
  }

private:
  pugi::xml_node node_;
  std::string name_;
  unsigned tests_ = 0, failures_ = 0, skipped_ = 0;
  double seconds_ = 0;
};

std::string junit_xml(const validation_report& r) {
  pugi::xml_document document;
  pugi::xml_node head = document.append_child(pugi::node_declaration);
  head.append_attribute("version") = "1.0";
  head.append_attribute("encoding") = "UTF-8";
  pugi::xml_node all = document.append_child("testsuites");
  all.append_attribute("name") = valid(r.title).c_str();
  for (const validation_group& g : r.groups) {
    junit_suite suite(all, g.name);
    for (const validated& v : r.items) {
      if (v.group != g.name) continue;
      double seconds = 0;
      for (const road_value& road : v.roads) seconds += road.seconds;
      suite.add(v.id + (v.quantity == "value" ? "" : " " + v.quantity), v.outcome, v.reason, seconds);
    }
    suite.finish();
  }
  junit_suite law(all, "law of z-scores");
  law.add("standard normal", r.law.outcome, r.law.reason, 0);
  law.finish();
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent | pugi::format_skip_control_chars);
  return out.str();
}

} // namespace

void write_validation(const validation_report& report, const std::filesystem::path& directory) {
  make_directory(directory);
  const std::string text = json_text(validation_json(report));
  write_whole(directory / "validation.json", text + "\n");
  write_whole(directory / "junit.xml", junit_xml(report));
  write_whole(directory / "rejected.csv", rejected_csv(report.rejected));
  write_whole(directory / "validation.html", page_html("Validation", assets::validation_html, assets::validation_js, text));
}

} // namespace dojima
