// The models that an underlying can follow, by their parameters. Rates, dividends and the spot come from the market; every
// model reproduces its forwards. Times are in years, variances per year, volatilities per square root of a year, all as
// decimals.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace dojima {

/// dS / S = mu dt + sigma(t) dW (Black and Scholes 1973; Merton 1973), sigma from the underlying's volatility at the trade's
/// strike.
struct black_scholes_model {};

/// dS / S = mu dt + sigma(S, t) dW (Dupire 1994). sigma is given on a grid: values[i][j] at times[i] and log-moneyness
/// ln S / F(t) = log_moneyness[j]; linear in log-moneyness, constant in time since the date before, flat outside.
struct local_volatility_model {
  std::vector<double> times;         ///< increasing; values[i] holds from times[i - 1] (0 for the first) to times[i]
  std::vector<double> log_moneyness; ///< increasing, at equal distances, two at least
  std::vector<std::vector<double>> values;
};

/// dS / S = mu dt + sqrt(v) dW, dv = kappa (theta - v) dt + sigma sqrt(v) dZ, d<W, Z> = rho dt (Heston 1993).
struct heston_model {
  double v0, kappa, theta, sigma, rho;
  /// How the variance goes on: by Andersen's quadratic-exponential scheme with martingale correction (2008, "Simple and
  /// efficient simulation of the Heston stochastic volatility model", J. Comp. Finance 11), or by Euler steps that cut negative
  /// variances off where they are used (Lord, Koekkoek and van Dijk 2010, Quant. Finance 10).
  enum class scheme { qe_m, full_truncation } with = scheme::qe_m;
};

/// Heston's model with lognormal jumps: at rate `intensity` a year, ln S jumps by N(jump_mean, jump_deviation^2) (Bates 1996).
struct bates_model {
  heston_model diffusion;
  double intensity, jump_mean, jump_deviation;
};

/// Black-Scholes with constant volatility and the jumps of Bates (Merton 1976).
struct merton_model {
  double volatility, intensity, jump_mean, jump_deviation;
};

/// Black-Scholes with constant volatility and jumps of ln S that are double exponential: up with probability p and mean 1 / up,
/// else down with mean 1 / down (Kou 2002); up > 1.
struct kou_model {
  double volatility, intensity, p, up, down;
};

/// dS = mu S dt + sigma S^beta dW, absorbed at 0 (Cox 1975; Schroder 1989).
struct cev_model {
  double sigma, beta;
};

/// dS = mu S dt + a S^beta dW, da = nu a dZ, d<W, Z> = rho dt, absorbed at 0 (Hagan et al. 2002, for a forward: mu = 0).
struct sabr_model {
  double alpha, beta, nu, rho;
};

/// dS / S = mu dt + sqrt(v) dW, v(t) = xi exp(eta Y(t) - eta^2 t^(2H) / 2), where Y is the Riemann-Liouville process of Hurst
/// exponent H driven by Z, d<W, Z> = rho dt (Bayer, Friz and Gatheral 2016).
struct rough_bergomi_model {
  double xi, eta, hurst, rho;
};

/// r(t) = x(t) + phi(t), dx = -a x dt + sigma dW with mean reversion a (per year) and volatility sigma (of the rate, per square
/// root of a year); phi fits the discount curve (Hull and White 1990).
struct hull_white_model {
  double mean_reversion, volatility;
};

/// r(t) = x(t) + y(t) + phi(t), dx = -a x dt + sigma dW1, dy = -b y dt + eta dW2, d<W1, W2> = rho dt; phi fits the discount
/// curve (Brigo and Mercurio 2006, section 4.2).
struct g2pp_model {
  double a, sigma, b, eta, rho;
};

/// What an underlying follows.
using model = std::variant<black_scholes_model, local_volatility_model, heston_model, bates_model, merton_model, kou_model,
                           cev_model, sabr_model, rough_bergomi_model>;

/// "black_scholes", "local_volatility", "heston", "bates", ...
std::string model_name(const model& m);
/// Throws input_error that names the parameter which is outside its range.
void check(const model& m);

} // namespace dojima
