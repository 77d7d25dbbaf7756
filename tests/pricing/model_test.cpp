// The models' names, and the refusal of every parameter that is out of range.
#include "dojima/error.hpp"
#include "dojima/pricing/model.hpp"
#include "tests/message_of.hpp"

#include <limits>

namespace dojima {
namespace {

const heston_model heston{0.04, 1.5, 0.04, 0.3, -0.9};
const local_volatility_model surface{{0.5, 1.0}, {-0.5, 0.0, 0.5}, {{0.3, 0.2, 0.2}, {0.3, 0.25, 0.2}}};
const std::vector<model> good = {black_scholes_model{},
                                 surface,
                                 heston,
                                 bates_model{heston, 0.5, -0.1, 0.1},
                                 merton_model{0.2, 1.0, -0.1, 0.1},
                                 kou_model{0.16, 1.0, 0.4, 10.0, 5.0},
                                 cev_model{2.0, 0.5},
                                 sabr_model{0.25, 0.3, 0.3, -0.8},
                                 rough_bergomi_model{0.04, 1.9, 0.07, -0.9}};

TEST(model, names) {
  const char* names[] = {"black_scholes", "local_volatility", "heston", "bates", "merton", "kou", "cev",
                         "sabr",          "rough_bergomi"};
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_EQ(model_name(good[i]), names[i]);
    EXPECT_NO_THROW(check(good[i])) << names[i];
  }
}

/// Refuses NaN and each of `values` for one parameter, by its name.
template <class Model> void expect_refused(const char* name, double Model::*parameter, std::vector<double> values) {
  values.push_back(std::numeric_limits<double>::quiet_NaN());
  values.push_back(std::numeric_limits<double>::infinity());
  for (const model& m : good)
    if (const Model* of = std::get_if<Model>(&m))
      for (const double x : values) {
        Model bad = *of;
        bad.*parameter = x;
        const std::string text = test::message_of<input_error>([&] { check(bad); });
        EXPECT_EQ(text.rfind(std::string(name) + " = ", 0), 0u) << text;
        EXPECT_NE(text.find(" (must be "), std::string::npos) << text;
        EXPECT_NE(text.find("); "), std::string::npos) << text;
      }
}

TEST(model, refuses_what_is_out_of_range) {
  expect_refused("v0", &heston_model::v0, {-0.01, 26});
  expect_refused("kappa", &heston_model::kappa, {-1});
  expect_refused("theta", &heston_model::theta, {-0.01, 26});
  expect_refused("sigma", &heston_model::sigma, {0, -1});
  expect_refused("rho", &heston_model::rho, {-1.1, 1.2});
  expect_refused("intensity", &bates_model::intensity, {-1, 301});
  expect_refused("jump_mean", &bates_model::jump_mean, {-10, 10});
  expect_refused("jump_deviation", &bates_model::jump_deviation, {-0.1, 10});
  expect_refused("volatility", &merton_model::volatility, {0, -0.1, 20});
  expect_refused("intensity", &merton_model::intensity, {-1});
  expect_refused("jump_mean", &merton_model::jump_mean, {-10});
  expect_refused("jump_deviation", &merton_model::jump_deviation, {-0.1});
  expect_refused("volatility", &kou_model::volatility, {0, 16});
  expect_refused("intensity", &kou_model::intensity, {-1});
  expect_refused("p", &kou_model::p, {-0.1, 1.1});
  expect_refused("up", &kou_model::up, {1, 0.1});
  expect_refused("down", &kou_model::down, {0, -5});
  expect_refused("sigma", &cev_model::sigma, {0, -1});
  expect_refused("beta", &cev_model::beta, {-0.1, 1.5});
  expect_refused("alpha", &sabr_model::alpha, {0, -1});
  expect_refused("beta", &sabr_model::beta, {-0.1, 1.5});
  expect_refused("nu", &sabr_model::nu, {-0.1});
  expect_refused("rho", &sabr_model::rho, {-1.1, 80});
  expect_refused("xi", &rough_bergomi_model::xi, {0, -0.1, 26});
  expect_refused("eta", &rough_bergomi_model::eta, {-0.1});
  expect_refused("hurst", &rough_bergomi_model::hurst, {0, 0.6});
  expect_refused("rho", &rough_bergomi_model::rho, {-1.1, 1.1});

  const auto refused = [](const model& m, const char* begin) {
    const std::string text = test::message_of<input_error>([&] { check(m); });
    EXPECT_EQ(text.rfind(begin, 0), 0u) << text;
  };
  refused(sabr_model{0.2, 1.0, 0.6, 0.5}, "rho = 0.5 (must be 0 or below where beta = 1");
  EXPECT_NO_THROW(check(sabr_model{0.2, 1.0, 0.0, 0.5}));
  EXPECT_NO_THROW(check(sabr_model{0.2, 0.99, 0.6, 0.5}));
  const char* drift = "intensity times the mean of exp(jump) - 1 = ";
  refused(merton_model{0.2, 1, 5, 0}, drift);
  refused(bates_model{heston, 300, 0.1, 0.5}, drift);
  refused(kou_model{0.2, 1, 0.5, 1.001, 10}, drift);

  bates_model bates{heston, 0.5, -0.1, 0.1};
  bates.diffusion.rho = 1.2;
  EXPECT_EQ(test::message_of<input_error>([&] { check(bates); }), "rho = 1.2 (must be in [-1, 1]); was it quoted in percent?");
}

TEST(model, refuses_grids_that_do_not_fit) {
  const auto text = [](const auto& spoil) {
    local_volatility_model m = surface;
    spoil(m);
    return test::message_of<input_error>([&] { check(m); });
  };
  const auto starts = [](const std::string& t, const char* begin) { return t.rfind(begin, 0) == 0; };
  EXPECT_PRED2(starts, text([](auto& m) { m.times.clear(); }), "number of times = 0");
  EXPECT_PRED2(starts, text([](auto& m) { m.times[1] = 0.5; }), "times[1] = 0.5");
  EXPECT_PRED2(starts, text([](auto& m) { m.times[0] = 0; }), "times[0] = 0");
  EXPECT_PRED2(starts, text([](auto& m) { m.log_moneyness.resize(1); }), "number of log_moneyness = 1");
  EXPECT_PRED2(starts, text([](auto& m) { m.log_moneyness[2] = 0.6; }), "log_moneyness[2] = 0.6");
  EXPECT_PRED2(starts, text([](auto& m) { m.values.pop_back(); }), "number of values = 1");
  EXPECT_PRED2(starts, text([](auto& m) { m.values[1].pop_back(); }), "size of values[1] = 2");
  EXPECT_PRED2(starts, text([](auto& m) { m.values[1][2] = 25; }), "values[1][2] = 25");
}

} // namespace
} // namespace dojima
