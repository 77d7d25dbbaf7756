// How paths are made: Sobol points in order, correlations, precision.
#include "dojima/array/memory.hpp"
#include "dojima/pricing/price.hpp"
#include "models/closed_form/rainbow.hpp"
#include "pricing/construction.hpp"
#include "pricing/correlation.hpp"
#include "tests/support.hpp"

namespace dojima {
namespace {

asian_option monthly_asian(const market& m, double strike) {
  asian_option a{option_type::call, strike, test::after(m, 360), {}};
  for (int month = 1; month <= 12; ++month) a.fixings.push_back({test::after(m, 30 * month), std::nullopt});
  return a;
}

const std::vector<double> uneven{0.1, 0.15, 0.5, 0.75, 1.0, 2.5};

/// Variance of the path at each time that its first normals leave, in all.
double left_after(const std::vector<double>& map, const std::vector<double>& times, std::size_t count) {
  const std::size_t n = times.size();
  std::vector<double> w(n, 0.0);
  double left = 0, before = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < n; ++k) w[k] += std::sqrt(times[i] - before) * map[i * n + k];
    for (std::size_t k = count; k < n; ++k) left += w[k] * w[k];
    before = times[i];
  }
  return left;
}

TEST(construction, steps_stay_independent_normals) {
  for (const auto& map : {brownian_bridge(uneven), principal_components(uneven)}) {
    const std::size_t n = uneven.size();
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double product = 0;
        for (std::size_t k = 0; k < n; ++k) product += map[i * n + k] * map[j * n + k];
        EXPECT_NEAR(product, i == j ? 1.0 : 0.0, 1e-12) << i << ' ' << j;
      }
  }
}

TEST(construction, no_order_leaves_less_than_principal_components) {
  for (std::size_t count = 1; count < uneven.size(); ++count)
    EXPECT_LT(left_after(principal_components(uneven), uneven, count), left_after(brownian_bridge(uneven), uneven, count));
  // A year in equal steps: the largest eigenvalue of min(s, t) is 4 / pi^2, of a trace of 1/2 (Karhunen and Loeve).
  std::vector<double> year;
  for (int i = 1; i <= 365; ++i) year.push_back(i / 365.0);
  EXPECT_NEAR(left_after(principal_components(year), year, 1) / left_after(principal_components(year), year, 0),
              1 - 8 / (M_PI * M_PI), 2e-3);
}

TEST(construction, both_orders_of_sobol_points_beat_plain_paths) {
  const market m = test::one_stock_market(100, 0.03, 0.0, 0.25);
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.control_variates = false;
  const estimate plain = test::value_of(monthly_asian(m, 100), m, s);
  s.points = sampling::sobol;
  double bridge = 0;
  for (const auto order : {path_construction::brownian_bridge, path_construction::principal_components}) {
    s.construction = order;
    const estimate e = test::value_of(monthly_asian(m, 100), m, s);
    EXPECT_NEAR(e.value, plain.value, 4 * plain.standard_error);
    EXPECT_GT(e.variance_ratio, 100);
    EXPECT_NE(e.value, bridge);
    bridge = e.value;
  }
}

TEST(sampling, replicates_are_rounded_up_to_powers_of_two) {
  const market m = test::one_stock_market(100, 0.03, 0.0, 0.25);
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.points = sampling::sobol;
  for (const auto& [replicates, asked, taken] :
       {std::tuple{16, 65536, 65536}, {16, 65537, 131072}, {16, 100'000, 131072}, {3, 2, 3072}, {5, 30'000, 40960}}) {
    s.replicates = replicates;
    s.paths = asked;
    EXPECT_EQ(test::value_of(monthly_asian(m, 100), m, s).paths, taken) << replicates << ' ' << asked;
  }
  s.replicates = 2;
  s.paths = std::int64_t{1} << 34;
  EXPECT_NE(test::value_of(monthly_asian(m, 100), m, s).status.find("32 bits"), std::string::npos);
}

TEST(sampling, sobol_points_keep_to_the_memory_and_to_the_bits) {
  const market m = test::one_stock_market(100, 0.03, 0.0, 0.25);
  asian_option daily{option_type::call, 100, test::after(m, 252), {}};
  for (int day = 1; day <= 252; ++day) daily.fixings.push_back({test::after(m, day), std::nullopt});
  pricing_settings s;
  s.points = sampling::sobol;
  s.paths = 1 << 14;
  s.replicates = 2; // of 32 MiB of points and normals each
  const memory_pool pool(device::cpu());
  std::vector<estimate> found;
  for (const std::size_t mib : {10, 24, 1024}) {
    s.memory_mib = mib;
    pool.reset_peak();
    const std::size_t before = pool.statistics().in_use;
    found.push_back(test::value_of(daily, m, s));
    ASSERT_EQ(found.back().status, "");
    EXPECT_LT(pool.statistics().peak - before, (mib << 20) + (1 << 20)); // the numbers of the steps, beside
    EXPECT_TRUE(test::same_bits(found.back().value, found.front().value)) << mib;
    EXPECT_TRUE(test::same_bits(found.back().standard_error, found.front().standard_error)) << mib;
  }
  s.memory_mib = 1;
  EXPECT_NE(test::value_of(daily, m, s).status.find("memory_mib = 1 (the random numbers of 2048 paths take 8"),
            std::string::npos)
      << test::value_of(daily, m, s).status;
}

/// The variance of as many plain paths over that of mirrored ones, from runs of their own.
TEST(sampling, stated_gain_of_mirrored_paths_is_that_over_plain_ones) {
  const market m = test::one_stock_market(100, 0.03, 0.0, 0.1);
  const date end = test::after(m, 365);
  asian_option asian = monthly_asian(m, 95);
  const portfolio book{{"1", "b", "X", -2, european_option{option_type::call, 85, end}},
                       {"2", "b", "X", 1, european_option{option_type::call, 110, end}},
                       {"3", "b", "X", 1, asian}};
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  const auto squared = [](const estimate& e) { return e.standard_error * e.standard_error * static_cast<double>(e.paths); };
  for (const bool greeks : {false, true})
    for (const bool controls : {false, true}) {
      s.greeks = greeks;
      s.control_variates = controls;
      s.antithetic = true;
      const auto mirrored = price(book, m, s, stream(device::cpu()));
      s.antithetic = s.control_variates = false;
      const auto plain = price(book, m, s, stream(device::cpu()));
      for (std::size_t i = 0; i < book.size(); ++i) {
        EXPECT_EQ(mirrored[i].paths, 2 * s.paths);
        EXPECT_NEAR(mirrored[i].variance_ratio / (squared(plain[i]) / squared(mirrored[i])), 1, 0.05) << i;
        EXPECT_EQ(plain[i].variance_ratio, 1);
      }
      EXPECT_GT(mirrored[0].variance_ratio, 5);
    }
}

TEST(correlation, nearest_matrix_is_that_of_higham) {
  // Higham (2002), section 4.1, to the digits given there.
  const std::vector<double> a{1, 1, 0, 1, 1, 1, 0, 1, 1}, x = nearest_correlation(a);
  EXPECT_NEAR(smallest_eigenvalue(a), 1 - std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(x[1], 0.7607, 5e-5);
  EXPECT_NEAR(x[2], 0.1573, 5e-5);
  EXPECT_NEAR(distance(a, x), 0.5278, 5e-5);
  EXPECT_GT(smallest_eigenvalue(x), -1e-12);
  EXPECT_EQ(x[4], 1.0);
  const std::vector<double> good{1, 0.3, 0.3, 1};
  EXPECT_LT(distance(nearest_correlation(good), good), 1e-9);
}

market three_stocks(double xy, double xz, double yz) {
  market m = test::one_stock_market(100, 0.03, 0.0, 0.2);
  for (const char* name : {"Y", "Z"}) {
    m.underlyings[name] = m.underlyings["X"];
    m.underlyings[name].name = name;
  }
  m.correlations = {{{"X", "Y"}, xy}, {{"X", "Z"}, xz}, {{"Y", "Z"}, yz}};
  return m;
}

TEST(correlation, impossible_ones_are_repaired_on_request_alone) {
  const market m = three_stocks(0.9, 0.9, -0.9);
  const basket_option b{option_type::call, 100, test::after(m, 365), basket_kind::best, {{"X", 1}, {"Y", 1}, {"Z", 1}}};
  pricing_settings s;
  EXPECT_NE(test::value_of(b, m, s).status.find("smallest eigenvalue -0.8"), std::string::npos)
      << test::value_of(b, m, s).status;
  s.repair_correlation = true;
  const estimate e = test::value_of(b, m, s);
  ASSERT_EQ(e.status, "");
  const std::vector<double> wanted{1, 0.9, 0.9, 0.9, 1, -0.9, 0.9, -0.9, 1}, nearest = nearest_correlation(wanted);
  EXPECT_NE(e.warning.find("Frobenius"), std::string::npos) << e.warning;
  const estimate same = test::value_of(b, three_stocks(nearest[1], nearest[2], nearest[5]), s);
  EXPECT_NEAR(same.value, e.value, 1e-6 * e.value);
  EXPECT_EQ(test::value_of(b, three_stocks(0.5, 0.5, 0.5), s).warning, "");
}

TEST(correlation, a_pricer_takes_new_ones) {
  const market m = three_stocks(0.2, 0.2, 0.2), other = three_stocks(0.8, 0.2, 0.2);
  const date expiry = test::after(m, 365);
  const portfolio book{
      {"1", "b", "X", 1.0, basket_option{option_type::call, 100, expiry, basket_kind::best, {{"X", 1}, {"Y", 1}}}}};
  pricer p(book, m);
  const double forward = 100 * std::exp(0.03);
  EXPECT_WITHIN_STDERR(p.price(m).front(), rainbow_value({forward, forward, 0.2, 0.2, 0.2}, 100, std::exp(-0.03), true, 1), 4);
  EXPECT_WITHIN_STDERR(p.price(other).front(), rainbow_value({forward, forward, 0.2, 0.2, 0.8}, 100, std::exp(-0.03), true, 1),
                       4);
  EXPECT_NE(p.price(three_stocks(1.2, 0, 0)).front().status.find("must be in [-1, 1]"), std::string::npos);
  EXPECT_WITHIN_STDERR(p.price(m).front(), rainbow_value({forward, forward, 0.2, 0.2, 0.2}, 100, std::exp(-0.03), true, 1), 4);
}

TEST(precision, differences_are_measured_on_the_first_paths) {
  const market m = test::one_stock_market(100, 0.03, 0.0, 0.25);
  const asian_option a = monthly_asian(m, 100);
  pricing_settings s;
  s.method = pricing_method::monte_carlo;
  s.control_variates = false;
  EXPECT_FALSE(test::value_of(a, m, s).precision_difference);
  for (const sampling points : {sampling::philox, sampling::sobol})
    for (const auto format : {simulation_precision::single, simulation_precision::mixed}) {
      s.points = points;
      s.format = format;
      s.paths = 1 << 16;
      const estimate e = test::value_of(a, m, s);
      ASSERT_TRUE(e.precision_difference);
      if (format == simulation_precision::single) {
        EXPECT_NE(*e.precision_difference, 0);
      }
      EXPECT_LT(std::abs(*e.precision_difference), 1e-4 * e.value);
      if (points == sampling::sobol) continue;
      s.paths = 4096;
      const double used = test::value_of(a, m, s).value;
      s.format = simulation_precision::double_;
      EXPECT_NEAR(*e.precision_difference, used - test::value_of(a, m, s).value, 1e-12);
    }
}

} // namespace
} // namespace dojima
