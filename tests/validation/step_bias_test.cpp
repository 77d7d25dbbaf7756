// The bias that each process states of its steps.
#include "pricing/prepare.hpp"
#include "tests/support.hpp"
#include "validation/tables/bias.hpp"

namespace dojima {
namespace {

// Puts at steps of the process' own length and of half of it, on Sobol points with the same seed.
TEST(simulated, steps_of_a_process_bias_no_more_than_it_states) {
  struct stated {
    model dynamics;
    double years, bias; ///< bias: in parts of the spot
  };
  const heston_model often_at_zero{0.04, 0.5, 0.04, 1, -0.9};
  heston_model by_euler = often_at_zero;
  by_euler.with = heston_model::scheme::full_truncation;
  const calendar c(1.0);
  const auto tanh = tabulated({"0.25 - 0.1*tanh((S-100)/40) + 0.05*exp(-2*t)", {"S", "t"}}, 100, 0, 1, c);
  for (const auto& [dynamics, years, bias] :
       {stated{black_scholes_model{}, 1, 0}, stated{tanh, 1, local_volatility_bias}, stated{often_at_zero, 3, heston_bias},
        stated{by_euler, 1, heston_euler_bias}, stated{bates_model{often_at_zero, 0.5, -0.1, 0.15}, 2, heston_bias},
        stated{merton_model{0.2, 0.7, -0.1, 0.15}, 3, 0}, stated{kou_model{0.2, 3, 0.3, 25, 15}, 3, 0},
        stated{cev_model{4, 0.5}, 1, cev_bias}, stated{sabr_model{7, 0.5, 0.4, -0.5}, 2, 8e-4},
        stated{rough_bergomi_model{0.055, 1.9, 0.07, -0.9}, 0.25, 2e-4}}) { // 0.001 of volatility at the money
    const market m = c.stock(100, 0, 0, dynamics);
    portfolio book;
    for (const double strike : {90.0, 100.0, 110.0})
      book.push_back({"", "", "X", 1, european_option{option_type::put, strike, c.day(std::round(365 * years) / 365)}});
    pricing_settings settings;
    settings.method = pricing_method::monte_carlo;
    settings.points = sampling::sobol;
    const auto whole = price(book, m, settings);
    settings.largest_step = 0.5 * std::min(traits_of(m.underlyings.at("X")).largest_step, years);
    const auto half = price(book, m, settings);
    double worst = 0;
    for (std::size_t i = 0; i < book.size(); ++i) {
      ASSERT_EQ(whole[i].status + half[i].status, "");
      const double difference = whole[i].value - half[i].value,
                   error = std::hypot(whole[i].standard_error, half[i].standard_error);
      EXPECT_LE(std::abs(difference), 100 * bias + 4 * error) << model_name(dynamics) << ": " << difference << " +- " << error;
      if (std::abs(difference) > std::abs(worst)) worst = difference;
    }
    std::cout << model_name(dynamics) << ": steps of half the length change puts by " << -worst / 100
              << " of the spot at most, +- " << whole[1].standard_error / 100 << "; stated " << bias << '\n';
  }
}

} // namespace
} // namespace dojima
