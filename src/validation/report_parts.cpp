#include "validation/report_parts.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "dojima/error.hpp"

namespace dojima {
namespace {

std::vector<device> devices_that_promise() {
  std::vector<device> all;
  for (const char* set : {"avx512", "avx2"}) {
    try {
      all.push_back(device::cpu(set));
    } catch (const device_error&) { // not on this processor
    }
  }
  if (all.empty()) all.push_back(device::cpu());
  for (const device& d : device::all())
    if (d.is_cuda()) all.push_back(d);
  return all;
}

} // namespace

std::string road_name(const device& d) { return d.is_cuda() ? d.id() : "cpu:" + d.instruction_set(); }

void begin_report(validation_report& report, const validation_settings& settings) {
  report.settings = settings;
  if (report.settings.devices.empty()) report.settings.devices = devices_that_promise();
  for (const device& d : report.settings.devices)
    report.devices.push_back({road_name(d), d.name(), d.instruction_set(), d.bitwise()});
}

bool validation_report::passed() const {
  const auto count = [&](verdict v) { return std::ranges::count(items, v, &validated::outcome); };
  return count(verdict::failed) == 0 && count(verdict::passed) > 0 && law.outcome != verdict::failed;
}

void summarise(validation_report& report) {
  std::map<std::string, validation_group> groups;
  for (const validated& item : report.items) {
    validation_group& g = groups[item.group];
    ++(item.outcome == verdict::passed   ? g.passed
       : item.outcome == verdict::failed ? g.failed
       : item.outcome == verdict::listed ? g.listed
                                         : g.skipped);
    for (const comparison& c : item.comparisons) {
      if (c.z && (!g.worst_z || std::abs(*c.z) > std::abs(*g.worst_z))) g.worst_z = c.z;
      if (c.limit > 0 && std::abs(c.difference) / c.limit > g.worst_use)
        g.worst_use = std::abs(c.difference) / c.limit, g.worst_id = item.id;
    }
  }
  report.groups.clear();
  for (auto& [name, g] : groups) {
    g.name = name;
    report.groups.push_back(std::move(g));
  }
  std::ranges::stable_partition(report.items, [](const validated& v) { return v.outcome == verdict::failed; });
}

void mark_simulation(road_value& road, const device& on, const pricing_settings& settings) {
  road.road = road_name(on);
  if (on.bitwise() && settings.format == simulation_precision::double_) road.same_bits = "simulation";
}

} // namespace dojima
