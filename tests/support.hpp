// What the tests share: data, tables of reference values, devices, and the standard-error criterion.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "dojima/array/device.hpp"
#include "dojima/error.hpp"
#include "dojima/market/market.hpp"
#include "dojima/pricing/price.hpp"
#include "io/csv.hpp"

/// A Monte Carlo estimate (with `value` and `standard_error`) against the exact value, in standard errors.
#define EXPECT_WITHIN_STDERR(mc, exact, n) EXPECT_PRED_FORMAT3(::dojima::test::within_stderr, mc, exact, n)

namespace dojima::test {

template <class Estimate>
testing::AssertionResult within_stderr(const char* mc_text, const char* exact_text, const char*, const Estimate& mc,
                                       double exact, double n) {
  const double errors = (mc.value - exact) / mc.standard_error;
  if (std::abs(errors) <= n) return testing::AssertionSuccess();
  return testing::AssertionFailure() << mc_text << " = " << mc.value << " +- " << mc.standard_error << " is " << errors
                                     << " standard errors from " << exact_text << " = " << exact << " (at most " << n << ")";
}

/// The folder data/: DOJIMA_DATA where it is set, else that of the sources.
inline std::filesystem::path data_directory() {
  const char* chosen = std::getenv("DOJIMA_DATA");
  return chosen != nullptr ? std::filesystem::path(chosen) : std::filesystem::path(DOJIMA_SOURCE_DIR) / "data";
}

/// Every device of this machine, each instruction set of its CPU included.
inline std::vector<device> all_devices() {
  std::vector<device> devices;
  for (const char* set : {"plain", "avx2", "avx512"}) {
    try {
      devices.push_back(device::cpu(set));
    } catch (const device_error&) { // not on this processor
    }
  }
  for (const device& d : device::all())
    if (d.is_cuda()) devices.push_back(d);
  return devices;
}
inline std::string label(const device& d) { return d.is_cuda() ? d.id() + " " + d.name() : "cpu:" + d.instruction_set(); }

inline bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

/// A row of data/reference/<kind>.csv by column name.
class reference_row {
public:
  reference_row(const io::table& t, const io::row& r) : table_(&t), row_(&r) {}
  const std::string& operator[](const char* column) const {
    return row_->fields[static_cast<std::size_t>(table_->required_column(column))];
  }
  double number(const char* column) const { return std::stod((*this)[column]); }
  double number_or(const char* column, double other) const { return (*this)[column].empty() ? other : number(column); }
  double sign() const { return (*this)["option_type"] == "call" ? 1.0 : -1.0; }

private:
  const io::table* table_;
  const io::row* row_;
};

/// Goes through the rows of one file, and at its end prints how many were checked, the worst of them, and why others were not.
class reference_rows {
public:
  explicit reference_rows(const std::string& kind) : kind_(kind) {
    std::vector<rejection> rejected;
    std::vector<input_file> files;
    table_ = io::read_csv(data_directory() / "reference" / (kind + ".csv"), rejected, files);
    EXPECT_TRUE(rejected.empty()) << to_string(rejected.front());
  }
  ~reference_rows() {
    std::cout << kind_ << ": " << checked_ << " of " << table_.rows.size() << " rows checked";
    if (checked_ > 0) std::cout << ", worst " << worst_id_ << " at " << worst_ << " of its tolerance";
    std::cout << '\n';
    std::size_t skipped = 0;
    for (const auto& [reason, count] : skipped_) {
      std::cout << "  " << count << " do not apply: " << reason << '\n';
      skipped += count;
    }
    EXPECT_GT(checked_, 0u);
    EXPECT_EQ(checked_ + skipped, table_.rows.size()) << "rows of " << kind_ << " passed over in silence";
  }

  /// Calls `check(row)` for each row; it must call `expect_near`, `expect_equal` or `skip` once.
  template <class Check> void for_each(const Check& check) {
    for (const io::row& r : table_.rows) check(reference_row(table_, r));
  }
  void skip(const std::string& reason) { ++skipped_[reason]; }
  void expect_near(const reference_row& row, double actual, double tolerance) {
    const double expected = row.number("expected"), share = std::abs(actual - expected) / tolerance;
    EXPECT_LE(share, 1.0) << row["id"] << ": " << actual << ", expected " << expected << " (difference " << actual - expected
                          << ", tolerance " << tolerance << ")";
    ++checked_;
    if (!(share <= worst_)) worst_ = share, worst_id_ = row["id"];
  }
  void expect_equal(const reference_row& row, const std::string& actual) {
    EXPECT_EQ(row["expected"], actual) << row["id"];
    ++checked_;
    if (worst_id_.empty()) worst_ = 0, worst_id_ = row["id"];
  }

private:
  std::string kind_;
  io::table table_;
  std::map<std::string, std::size_t> skipped_;
  std::size_t checked_ = 0;
  double worst_ = -1;
  std::string worst_id_;
};

/// A market of one stock X in one currency, the base; valued on a fixed day.
inline market one_stock_market(double spot, double rate, double yield, double sigma) {
  market m{*parse_date("2022-12-28"), "USD", {{"USD", curve::flat(rate)}}, {{"USD", 1.0}}, {}};
  underlying x;
  x.name = "X";
  x.currency = "USD";
  x.spot = spot;
  x.dividend_yield = yield;
  x.surface = flat_volatility{sigma};
  m.underlyings["X"] = x;
  return m;
}
inline date after(const market& m, int days) { return m.as_of + std::chrono::days{days}; }

/// One unit of a contract on X.
inline estimate value_of(const contract& terms, const market& m, const pricing_settings& settings = {}) {
  return price({{"1", "book", "X", 1.0, terms}}, m, settings, stream(device::cpu())).front();
}

} // namespace dojima::test
