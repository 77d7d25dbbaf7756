// The book that ships, position by position, against QuantLib on every device.
#include "dojima/io/read.hpp"
#include "dojima/quantlib/references.hpp"
#include "dojima/risk/revalue.hpp"
#include "tests/support.hpp"

#include <ql/settings.hpp>

namespace dojima {
namespace {

struct book {
  market_data data = read_market(test::data_directory() / "market");
  portfolio trades = read_portfolio(test::data_directory() / "portfolio.csv", data.snapshot).trades;
  std::vector<quantlib::reference> references;
  book() {
    for (const trade& t : trades) references.push_back(quantlib::reference_value(t, data.snapshot, {.constants_of_expiry = true}));
  }
};

const book& the_book() {
  static const book b;
  return b;
}

/// Worst position of one product.
struct worst_case {
  std::size_t count = 0;
  double difference = -1, value = 0, reference = 0;
  std::string id, engine;
  void add(const trade& t, double d, double v, const quantlib::reference& r) {
    ++count;
    if (!(d <= difference)) difference = d, value = v, reference = r.value, id = t.id, engine = r.engine;
  }
};

class every_device : public testing::TestWithParam<const char*> {
protected:
  void SetUp() override {
    for (const device& d : test::all_devices())
      if (d.is_cuda() ? std::string(GetParam()) == "cuda" : d.instruction_set() == GetParam()) devices.push_back(d);
    if (devices.empty())
      GTEST_SKIP() << GetParam() << ": "
                   << (std::string(GetParam()) == "cuda" ? device::cuda_status() : "not on this processor");
  }
  std::vector<device> devices;
};
INSTANTIATE_TEST_SUITE_P(validation, every_device, testing::Values("plain", "avx2", "avx512", "cuda"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(every_device, book_agrees_with_quantlib) {
  const book& b = the_book();
  ASSERT_GE(b.trades.size(), 2000u);
  pricing_settings settings;
  settings.asian_paths = 4096;
  for (const device& d : devices) {
    const revaluer values(b.trades, b.data.snapshot, {}, settings, stream(d));
    std::map<std::string, worst_case> worst;
    for (std::size_t i = 0; i < b.trades.size(); ++i) {
      const trade& t = b.trades[i];
      const quantlib::reference& r = b.references[i];
      const estimate e{values.values()[i], values.standard_errors()[i]};
      const std::string product = product_name(t.terms);
      const underlying& u = b.data.snapshot.underlyings.at(t.underlying);
      const double spot = std::abs(t.quantity) * u.spot * b.data.snapshot.fx.at(u.currency);
      double difference = std::abs(e.value - r.value), tolerance = 1e-10;
      if (product == "american") {
        difference /= spot, tolerance = 2e-4;
      } else if (product == "asian") {
        EXPECT_LT(r.error, 1e-8 * spot) << t.id;
        difference /= std::hypot(e.standard_error, r.error), tolerance = 4;
      } else if (difference > 0) {
        difference /= std::abs(r.value);
      }
      EXPECT_LE(difference, tolerance) << product << ' ' << t.id << ": " << e.value << ", " << r.engine << ' ' << r.value;
      worst[product].add(t, difference, e.value, r);
    }
    std::cout << test::label(d) << " against QuantLib: product, positions, worst position, its difference\n"
              << std::setprecision(10);
    for (const auto& [product, w] : worst)
      std::cout << "  " << product << ", " << w.count << ", " << w.id << ", " << std::setprecision(3) << w.difference
                << (product == "american" ? " of spot"
                    : product == "asian"  ? " standard errors"
                                          : " relative")
                << " (" << std::setprecision(15) << w.value << ", " << w.engine << ' ' << w.reference << ")\n"
                << std::setprecision(6);
  }
}

TEST(references, quantlib_evaluation_date_does_not_leak) {
  const QuantLib::Date before(17, QuantLib::March, 2015);
  QuantLib::Settings::instance().evaluationDate() = before;
  const market m = test::one_stock_market(100, 0.03, 0.01, 0.2);
  const trade t{"1", "book", "X", 2.0, european_option{option_type::call, 100, test::after(m, 365)}};
  EXPECT_NEAR(quantlib::reference_value(t, m).value, 2 * 8.8252, 0.1);
  EXPECT_EQ(QuantLib::Settings::instance().evaluationDate(), before);
  trade unknown = t;
  unknown.underlying = "Y";
  EXPECT_THROW(quantlib::reference_value(unknown, m), input_error);
  EXPECT_EQ(QuantLib::Settings::instance().evaluationDate(), before);
}

} // namespace
} // namespace dojima
