// A tour of the array layer in five minutes: what NumPy's users know, on a GPU or on the CPU's threads, from plain C++.
#include <iomanip>
#include <iostream>

#include "dojima/array.hpp"

using namespace dojima;

template <class T> void print(const char* what, const array<T>& x) {
  std::cout << std::left << std::setw(44) << what << to_string(x.shape()) << " ";
  const auto values = x.get();
  for (std::size_t i = 0; i < std::min<std::size_t>(values.size(), 6); ++i) std::cout << " " << values[i];
  std::cout << (values.size() > 6 ? " ...\n" : "\n");
}

int main() {
  std::cout << std::setprecision(5) << "device: " << device::best().id() << ", " << device::best().name() << "\n\n";

  // Expressions run in one pass over memory when they are assigned. These are a million returns of four assets.
  const auto z = random::normal<double>({1'000'000, 4}, {.seed = 2026});
  const auto volatility = asarray({0.2, 0.3, 0.15, 0.4});
  const array<double> returns = exp(z * volatility * 0.063 - 0.5 * volatility * volatility * 0.004) - 1.0;
  print("mean return of each asset", array<double>(mean(returns, 0)));
  print("standard deviation", array<double>(dojima::std(returns, 0)));

  // Views share elements, and can be written to.
  const auto worst = returns.clone();
  worst(slice{0, 10}) = -0.5; // ten bad days
  print("days that lost more than 10 % on average", array<std::int64_t>(count_nonzero(mean(worst, 1) < -0.1)));

  // Order: value at risk of the equal-weighted portfolio.
  const array<double> portfolio = mean(returns, 1);
  print("VaR at 99 % and 99.9 %", array<double>(-quantile(portfolio, {0.01, 0.001})));
  print("expected shortfall at 99 %", array<double>(-mean(array<double>(portfolio[portfolio < quantile(portfolio, 0.01)]))));

  // Linear algebra: correlated normals through a Cholesky factor. A matrix that is no correlation matrix is repaired first.
  const auto guess = asarray<double>({{1, 0.9, 0.2, 0}, {0.9, 1, 0.9, 0}, {0.2, 0.9, 1, 0}, {0, 0, 0, 1}});
  const auto correlation = nearest_correlation(guess, 1e-10, 10'000, 1e-8).matrix;
  const auto correlated = matmul(z, transpose(cholesky(correlation)));
  print("asked for, and nearest correlation matrix", ravel(stack({guess, correlation})(slice{}, 0)));
  const array<double> centred = correlated - mean(correlated, 0);
  print("seen in the sample", ravel((matmul(transpose(centred), centred))(0) / 1e6));

  // A formula that is known at run time only, and a look at the spectrum of a series.
  const elementwise_kernel payoff("max(s - k, 0) if s < h else 0", {"s", "k", "h"});
  print("mean of a capped call", array<double>(mean(payoff(100.0 * (1.0 + portfolio), 100.0, 108.0))));
  const auto day = arange<double>(0, 512);
  const auto spectrum = abs(rfft(sin(day * (2 * 3.141592653589793 / 32)) + 0.1 * random::normal<double>({512}, {.seed = 7})));
  print("cycles in 512 days, strongest", array<std::int64_t>(argmax(spectrum)));
}
