#include "io/models.hpp"

#include <cmath>

#include "dojima/error.hpp"
#include "dojima/pricing/local_volatility.hpp"
#include "io/csv.hpp"
#include "io/section.hpp"

namespace dojima::io {
namespace {

/// Local volatility that reprices an underlying's surface. Only options need it: without a surface they are left out anyway.
model local_volatility_of(const underlying& u, double horizon, const std::string& file, long line, market_data& data) {
  if (!u.surface) {
    data.rejected.push_back({file, line, u.name, "local volatility without volatilities", "the model is made from them",
                             "add rows to volatilities.csv"});
    return black_scholes_model{};
  }
  const market& m = data.snapshot;
  const forward_curve forward = [&](double time) {
    return u.spot * std::exp(m.log_carry(u, time) - m.curves.at(u.currency).log_discount(time));
  };
  local_volatility_fit fit = local_volatility_from(*u.surface, forward, horizon);
  for (const std::string& warning : fit.warnings)
    data.rejected.push_back({file, line, u.name, "local volatility", warning, "", true});
  return std::move(fit.model);
}

model read_model(section& s, const underlying& u, const std::string& file, long line, market_data& data) {
  const auto heston = [&] {
    using scheme = heston_model::scheme;
    heston_model m{s.number("v0"), s.number("kappa"), s.number("theta"), s.number("sigma"), s.number("rho")};
    s.choose("scheme", m.with, {{"qe_m", scheme::qe_m}, {"full_truncation", scheme::full_truncation}});
    return m;
  };
  std::string name;
  s.read("model", name);
  if (name == "black_scholes") return black_scholes_model{};
  if (name == "local_volatility") {
    std::string volatility;
    s.read("volatility", volatility);
    if (volatility == "surface") {
      double horizon = 5;
      s.read("horizon", horizon);
      s.within("horizon", horizon, 0.01, 100.0);
      return local_volatility_of(u, horizon, file, line, data);
    }
    if (!volatility.empty()) s.fail("volatility", volatility, "must be surface; else give times, log_moneyness and values");
    local_volatility_model m;
    s.read("times", m.times);
    s.read("log_moneyness", m.log_moneyness);
    s.read("values", m.values);
    return m;
  }
  if (name == "heston") return heston();
  if (name == "bates") return bates_model{heston(), s.number("intensity"), s.number("jump_mean"), s.number("jump_deviation")};
  if (name == "merton")
    return merton_model{s.number("volatility"), s.number("intensity"), s.number("jump_mean"), s.number("jump_deviation")};
  if (name == "kou")
    return kou_model{s.number("volatility"), s.number("intensity"), s.number("p"), s.number("up"), s.number("down")};
  if (name == "cev") return cev_model{s.number("sigma"), s.number("beta")};
  if (name == "sabr") return sabr_model{s.number("alpha"), s.number("beta"), s.number("nu"), s.number("rho")};
  if (name == "rough_bergomi") return rough_bergomi_model{s.number("xi"), s.number("eta"), s.number("hurst"), s.number("rho")};
  s.fail("model", name, "must be one of black_scholes, local_volatility, heston, bates, merton, kou, cev, sabr, rough_bergomi");
}

} // namespace

void read_models(const std::filesystem::path& path, const std::set<std::string>& refused, market_data& data) {
  const std::string file = path.string();
  toml::table root = read_toml(path, data.files);
  for (auto&& [key, node] : root) {
    const std::string name(key.str());
    const long line = key.source().begin.line;
    const auto found = data.snapshot.underlyings.find(name);
    if (found == data.snapshot.underlyings.end()) {
      if (!refused.contains(name))
        data.rejected.push_back({file, line, shortened(name, 60), "unknown underlying",
                                 "not among the accepted rows of underlyings.csv", "correct the name or add it there"});
      continue;
    }
    const std::string where = file + ":" + std::to_string(line) + ": ";
    if (!node.is_table()) throw input_error(where + name + " must be a table such as [" + name + "]");
    section s(node.as_table(), name, file);
    model m = read_model(s, found->second, file, line, data);
    s.finish();
    try {
      check(m);
    } catch (const input_error& problem) {
      throw input_error(where + name + "." + problem.what());
    }
    found->second.dynamics = std::move(m);
  }
}

void read_correlations(const std::filesystem::path& path, const std::set<std::string>& refused, market_data& data) {
  const table t = read_csv(path, data.rejected, data.files);
  const auto at = [&](const char* name) { return static_cast<std::size_t>(t.required_column(name)); };
  const std::size_t first = at("name_1"), second = at("name_2"), value = at("correlation");
  market& m = data.snapshot;
  for (const row& r : t.rows) {
    const auto [a, b] = std::minmax(r.fields[first], r.fields[second]);
    const auto fail = [&, &one = a, &other = b](std::string what, std::string why, std::string suggestion) {
      data.rejected.push_back({t.file, r.line, shortened(one, 30) + ", " + shortened(other, 30), std::move(what),
                               std::move(why), std::move(suggestion)});
    };
    if (refused.contains(a) || refused.contains(b)) continue; // said already
    const auto rho = parse_number(r.fields[value]);
    if (!m.underlyings.contains(a) || !m.underlyings.contains(b))
      fail("unknown underlying", "not among the accepted rows of underlyings.csv", "correct the name or add it there");
    else if (a == b) fail("a correlation with itself", "it is 1", "remove the row");
    else if (!rho) fail("correlation '" + shortened(r.fields[value]) + "'", "not a finite number", "correct it");
    else if (std::abs(*rho) > 1)
      fail("correlation " + shortened(r.fields[value]), "must be in [-1, 1]", "was it quoted in percent?");
    else if (!m.correlations.emplace(std::pair(a, b), *rho).second) fail("again", "the first is kept", "remove one of the two");
  }
}

void read_dividends(const std::filesystem::path& path, const std::set<std::string>& refused, market_data& data) {
  const table t = read_csv(path, data.rejected, data.files);
  const auto at = [&](const char* name) { return static_cast<std::size_t>(t.required_column(name)); };
  const std::size_t name = at("underlying"), day = at("day"), amount = at("amount");
  for (const row& r : t.rows) {
    const std::string& who = r.fields[name];
    const auto fail = [&](std::string what, std::string why, std::string suggestion) {
      data.rejected.push_back({t.file, r.line, shortened(who, 60), std::move(what), std::move(why), std::move(suggestion)});
    };
    if (refused.contains(who)) continue; // said already
    const auto found = data.snapshot.underlyings.find(who);
    const auto when = parse_date(r.fields[day]);
    const auto cash = parse_number(r.fields[amount]);
    if (found == data.snapshot.underlyings.end())
      fail("unknown underlying", "not among the accepted rows of underlyings.csv", "correct the name or add it there");
    else if (found->second.kind != asset_class::equity)
      fail("a dividend of a currency pair", "pairs earn their foreign rate", "remove the row");
    else if (!when) fail("day '" + shortened(r.fields[day]) + "'", "not a day of the calendar as YYYY-MM-DD", "correct it");
    else if (!cash || *cash < 0) fail("amount '" + shortened(r.fields[amount]) + "'", "not a number from 0 on", "correct it");
    else if (*when > data.snapshot.as_of) found->second.dividends.push_back({*when, *cash});
  }
}

} // namespace dojima::io
