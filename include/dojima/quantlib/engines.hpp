// Drop-in pricing engines for QuantLib: an instrument keeps its terms, processes, quotes and handles, and is valued by Dojima's
// simulations. docs/quantlib.md says which instruments and processes there are, and what is filled.
//
//   option.setPricingEngine(MakeMcEuropeanEngine(process).withSamples(1 << 18).withSeed(7).withGreeks());
//
// The valuation date is the reference date of the process' risk-free curve. As with QuantLib's own, an engine, its instruments
// and their quotes belong to one thread at a time; different threads may use engines of their own at once. What cannot be
// valued throws dojima::input_error from NPV().
#pragma once

#include <ql/pricingengine.hpp>
#include <ql/stochasticprocess.hpp>

#include <cstdint>
#include <string>

#include "dojima/pricing/settings.hpp"

namespace QuantLib {
class VanillaOption;
class ForwardVanillaOption;
class BarrierOption;
class DoubleBarrierOption;
class DiscreteAveragingAsianOption;
class ContinuousFloatingLookbackOption;
class ContinuousFixedLookbackOption;
class CliquetOption;
class BasketOption;
} // namespace QuantLib

namespace dojima::quantlib {

class session;

/// How one engine simulates.
struct engine_settings {
  pricing_settings pricing;
  double absolute_error = 0; ///< standard error of the value that is small enough; 0: any
  int steps = 0;             ///< from today to expiry, at least; 0: as pricing.largest_step says
  std::string device = "auto";
};

/// A cliquet that pays the return of each period, as QuantLib's performance engines take a CliquetOption.
struct performance;

/// Makes an engine for one kind of instrument: a QuantLib class, or `performance`. The process is a
/// GeneralizedBlackScholesProcess, HestonProcess or BatesProcess or derived from one; for baskets a StochasticProcessArray of
/// the first.
template <class Product> class MakeMcEngine {
public:
  explicit MakeMcEngine(QuantLib::ext::shared_ptr<QuantLib::StochasticProcess> process) : process_(std::move(process)) {
    settings_.pricing.method = pricing_method::monte_carlo;
  }

  /// Samples; a sample is two paths where antithetic.
  MakeMcEngine& withSamples(std::int64_t samples) { return settings_.pricing.paths = samples, *this; }
  /// Samples are added until the standard error is this small, in units of the value, or `withMaxSamples` are used up.
  MakeMcEngine& withAbsoluteTolerance(double error) { return settings_.absolute_error = error, *this; }
  MakeMcEngine& withMaxSamples(std::int64_t samples) { return settings_.pricing.most_paths = samples, *this; }
  MakeMcEngine& withSeed(std::uint64_t seed) { return settings_.pricing.seed = seed, *this; }
  MakeMcEngine& withAntitheticVariate(bool on = true) { return settings_.pricing.antithetic = on, *this; }
  /// Used by default where there is one (arithmetic Asians under Black-Scholes).
  MakeMcEngine& withControlVariate(bool on = true) { return settings_.pricing.control_variates = on, *this; }
  /// Black-Scholes needs neither: its steps are exact, from one date that is observed to the next.
  MakeMcEngine& withSteps(int steps) { return settings_.steps = steps, *this; }
  MakeMcEngine& withStepsPerYear(int steps) { return settings_.pricing.largest_step = 1.0 / steps, *this; }
  /// Scrambled Sobol points through a Brownian bridge; the error comes from `replicates` independent scramblings.
  MakeMcEngine& withSobol(int replicates = 16) {
    settings_.pricing.points = sampling::sobol;
    settings_.pricing.replicates = replicates;
    return *this;
  }
  MakeMcEngine& withGreeks(bool on = true) { return settings_.pricing.greeks = on, *this; }
  MakeMcEngine& withPrecision(simulation_precision precision) { return settings_.pricing.format = precision, *this; }
  /// "auto" (a GPU where there is one), "cpu", "cuda", "cuda:N".
  MakeMcEngine& onDevice(std::string name) { return settings_.device = std::move(name), *this; }

  operator QuantLib::ext::shared_ptr<QuantLib::PricingEngine>() const;

private:
  QuantLib::ext::shared_ptr<QuantLib::StochasticProcess> process_;
  engine_settings settings_;
};

using MakeMcEuropeanEngine = MakeMcEngine<QuantLib::VanillaOption>;
using MakeMcForwardEuropeanEngine = MakeMcEngine<QuantLib::ForwardVanillaOption>;
using MakeMcBarrierEngine = MakeMcEngine<QuantLib::BarrierOption>;
using MakeMcDoubleBarrierEngine = MakeMcEngine<QuantLib::DoubleBarrierOption>;
/// Arithmetic and geometric: the option says which.
using MakeMcDiscreteAsianEngine = MakeMcEngine<QuantLib::DiscreteAveragingAsianOption>;
using MakeMcFloatingLookbackEngine = MakeMcEngine<QuantLib::ContinuousFloatingLookbackOption>;
using MakeMcFixedLookbackEngine = MakeMcEngine<QuantLib::ContinuousFixedLookbackOption>;
/// Pays max(S - moneyness S', 0) at the end of each period, S' the price at its start (for puts the reverse).
using MakeMcCliquetEngine = MakeMcEngine<QuantLib::CliquetOption>;
/// Pays max(S / S' - moneyness, 0).
using MakeMcPerformanceEngine = MakeMcEngine<performance>;
using MakeMcBasketEngine = MakeMcEngine<QuantLib::BasketOption>;

/// Many instruments in one call. The first NPV() that is asked for values all instruments that were added, those on one process
/// on the same paths; the others find their results ready. After a quote has moved the next NPV() does so again. An instrument
/// that cannot be valued throws its own reason and does not stop the rest. Instruments may be added, and go, at any time.
class batch {
public:
  explicit batch(const pricing_settings& settings = {}, const std::string& device = "auto");

  using process = QuantLib::ext::shared_ptr<QuantLib::StochasticProcess>;
  /// Sets the instrument's pricing engine.
  void add(QuantLib::VanillaOption& option, const process& follows);
  void add(QuantLib::ForwardVanillaOption& option, const process& follows);
  void add(QuantLib::BarrierOption& option, const process& follows);
  void add(QuantLib::DoubleBarrierOption& option, const process& follows);
  void add(QuantLib::DiscreteAveragingAsianOption& option, const process& follows);
  void add(QuantLib::ContinuousFloatingLookbackOption& option, const process& follows);
  void add(QuantLib::ContinuousFixedLookbackOption& option, const process& follows);
  void add(QuantLib::CliquetOption& option, const process& follows);
  void add(QuantLib::BasketOption& option, const process& follows);

  /// How often everything was valued.
  std::int64_t calls() const;
  /// How many simulations that takes now.
  std::size_t simulations() const;

private:
  template <class Product> void attach(Product& option, const process& follows);
  QuantLib::ext::shared_ptr<session> session_;
};

} // namespace dojima::quantlib
