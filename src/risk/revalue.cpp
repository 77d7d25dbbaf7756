#include "dojima/risk/revalue.hpp"

#include <xxhash.h>

#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/legendre.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "kernels/backend.hpp"

namespace dojima {
namespace {

constexpr std::int64_t tile_members = 256; // of the sums' first level; part of the results' definition

/// Gauss-Legendre points on [0, 1] with weights for the measure of [-1, 1].
void gauss_legendre(int n, double* points, double* weights) {
  std::vector<double> x = boost::math::legendre_p_zeros<double>(n); // the zeros >= 0
  std::vector<double> all;
  for (auto it = x.rbegin(); it != x.rend(); ++it)
    if (*it > 0) all.push_back(-*it);
  all.insert(all.end(), x.begin(), x.end());
  for (int i = 0; i < n; ++i) {
    const double slope = boost::math::legendre_p_prime(n, all[static_cast<std::size_t>(i)]);
    const double z = all[static_cast<std::size_t>(i)];
    points[i] = 0.5 * (1.0 + z);
    weights[i] = 2.0 / ((1.0 - z * z) * slope * slope);
  }
}

american_scheme make_american_scheme() {
  american_scheme s;
  constexpr int n = american_scheme::nodes;
  double knots[n + 1] = {0.0};
  for (int i = 1; i <= n; ++i) knots[i] = 0.5 * (1.0 - std::cos(i * boost::math::constants::pi<double>() / n));
  std::copy(knots + 1, knots + n + 1, s.x);
  // Lagrange polynomials of the knots 1..n (the value at knot 0 is 0) at sqrt(u / T) = x.
  const auto basis = [&](double x, double* row) {
    for (int k = 1; k <= n; ++k) {
      double product = 1;
      for (int j = 0; j <= n; ++j)
        if (j != k) product *= (x - knots[j]) / (knots[k] - knots[j]);
      row[k - 1] = product;
    }
  };
  gauss_legendre(american_scheme::inner, s.inner_y, s.inner_w);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < american_scheme::inner; ++j)
      basis(s.x[i] * std::sqrt(1.0 - s.inner_y[j] * s.inner_y[j]), s.inner_h[i][j]);
  gauss_legendre(american_scheme::outer, s.outer_y, s.outer_w);
  for (int p = 0; p < american_scheme::outer; ++p) basis(std::sqrt(1.0 - s.outer_y[p] * s.outer_y[p]), s.outer_h[p]);
  return s;
}

std::int64_t padded(std::int64_t columns) {
  return (columns + kernels::column_block - 1) / kernels::column_block * kernels::column_block;
}

/// Contracts by kernel, as flat tables.
struct tables {
  std::vector<kernels::stock_trade> stocks;
  std::vector<kernels::forward_trade> forwards;
  std::vector<kernels::vanilla_trade> europeans, americans;
  std::vector<kernels::digital_trade> digitals;
  std::vector<kernels::barrier_trade> barriers;
  std::vector<kernels::asian_trade> asians;
  std::vector<kernels::asian_fixing> fixings;
};

kernels::matrix view(array<double>& a) { return {a.data(), a.shape().back()}; }
kernels::const_matrix view(const array<double>& a) { return {a.data(), a.shape().back()}; }

/// Turns one contract into its table row: all look-ups in curves and surfaces happen here, once.
struct compiler {
  const market& m;
  const state_layout& layout;
  const trade& t;
  const underlying& u;
  std::int32_t row;
  tables& out;

  kernels::position held() const { return {t.quantity, row, layout.spot(u.name), layout.fx(u.currency)}; }

  kernels::log_factor factor(const std::string& currency, double time) const {
    const curve_weights w = m.curves.at(currency).weights(time);
    return {0.0, w.weight_lo, w.weight_hi, layout.curve_node(currency, w.lo), layout.curve_node(currency, w.hi)};
  }
  kernels::log_factor discount(double time) const { return factor(u.currency, time); }
  kernels::log_factor carry(double time) const {
    if (u.kind == asset_class::fx) return factor(u.foreign, time);
    const int any = layout.fx(u.currency);
    return {m.log_carry(u, time), 0.0, 0.0, any, any};
  }
  /// A factor on volatility is quoted at 30 days; its relative move fades with the square root of time beyond (see
  /// docs/risk.md).
  kernels::option_market option(date expiry, double strike) const {
    const double time = m.time_to(expiry);
    const double fade = std::min(1.0, std::sqrt(30.0 / 365.0 / time));
    return {discount(time),
            carry(time),
            {volatility_at(*u.surface, time, strike), fade, layout.volatility_log(u.name), layout.volatility_shift(u.name)},
            time};
  }

  void operator()(const stock&) const { out.stocks.push_back({held()}); }
  void operator()(const fx_forward& c) const {
    const double time = m.time_to(c.expiry);
    out.forwards.push_back({held(), discount(time), carry(time), c.strike});
  }
  void operator()(const european_option& c) const {
    out.europeans.push_back({held(), option(c.expiry, c.strike), c.strike, std::log(c.strike), sign_of(c.type)});
  }
  void operator()(const american_option& c) const {
    out.americans.push_back({held(), option(c.expiry, c.strike), c.strike, std::log(c.strike), sign_of(c.type)});
  }
  void operator()(const digital_option& c) const {
    out.digitals.push_back(
        {held(), option(c.expiry, c.strike), std::log(c.strike), sign_of(c.type), c.cash.value_or(1.0), !c.cash});
  }
  void operator()(const barrier_option& c) const {
    out.barriers.push_back({held(), option(c.expiry, c.strike),
                            make_barrier_contract(sign_of(c.type), c.up, c.knock_in, c.strike, c.barrier, c.rebate)});
  }
  /// The others are refused before.
  template <class Other> void operator()(const Other&) const {}
  void operator()(const asian_option& c) const {
    double past = 0, last = 0;
    std::vector<double> times;
    kernels::asian_trade a{
        held(), option(c.expiry, c.strike), 0, sign_of(c.type), 0, 0, static_cast<std::int32_t>(out.fixings.size()), 0, 0};
    for (const asian_fixing_date& f : c.fixings) {
      if (f.value) {
        past += *f.value;
        continue;
      }
      const double time = m.time_to(f.day);
      out.fixings.push_back(
          {discount(time), carry(time), time, std::sqrt(time - last), static_cast<std::int32_t>(out.asians.size())});
      times.push_back(last = time);
    }
    const auto n = static_cast<double>(c.fixings.size()), left = static_cast<double>(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) // Var of the mean of W at the fixings: sum of min(t_i, t_j) / left^2
      a.geometric_variance += times[i] * (2.0 * (left - static_cast<double>(i)) - 1.0) / (left * left);
    a.geometric_variance = std::max(a.geometric_variance, 1e-16); // the last fixing may be today
    a.fixings = static_cast<std::int32_t>(times.size());
    a.strike = c.strike - past / n;
    a.weight = left / n;
    const std::uint32_t hash = XXH32(t.id.data(), t.id.size(), 0);
    a.stream = hash == 0 ? 1 : hash; // stream 0 belongs to the scenarios
    out.asians.push_back(a);
  }
};

} // namespace

struct revaluer::impl {
  impl(const portfolio& positions, const market& m, std::vector<std::vector<std::int32_t>> group_lists,
       const pricing_settings& s, const stream& where)
      : layout(m), settings(s), on(where), count(static_cast<std::int64_t>(positions.size())) {
    if (s.asian_paths < 4 || s.asian_paths % 2 != 0)
      throw input_error("pricing.asian_paths = " + std::to_string(s.asian_paths) +
                        " (must be even and at least 4: paths come in antithetic pairs)");
    tables t;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      if (const auto p = find_problem(positions[i], m))
        throw input_error(positions[i].id + ": " + p->what + " (" + p->why + "); " + p->suggestion);
      const underlying& u = m.underlyings.at(positions[i].underlying);
      if (!has_revaluation(positions[i]))
        throw input_error(positions[i].id + ": " + product_name(positions[i].terms) +
                          " cannot be revalued under scenarios (it is priced by simulation); leave it out, or call price");
      std::visit(compiler{m, layout, positions[i], u, static_cast<std::int32_t>(i), t}, after_touch(positions[i].terms));
    }
    stocks = asarray(t.stocks, on);
    forwards = asarray(t.forwards, on);
    europeans = asarray(t.europeans, on);
    americans = asarray(t.americans, on);
    digitals = asarray(t.digitals, on);
    barriers = asarray(t.barriers, on);
    asians = asarray(t.asians, on);
    fixings = asarray(t.fixings, on);
    scheme = asarray(std::vector<american_scheme>{make_american_scheme()}, on);
    make_groups(std::move(group_lists), t);

    pairs = s.asian_paths / 2;
    paths = array<double>({fixings.size(), padded(pairs)}, on);
    residuals = array<double>({asians.size(), padded(pairs)}, on);
    const std::vector<double> zero(static_cast<std::size_t>(residuals.size()), 0.0);
    residuals.set(zero);
    launch(kernels::brownian_paths{asians.data(), fixings.data(), s.seed, view(paths)}, asians.size(), padded(pairs));

    const scenario_states today = today_states(m, layout, static_cast<std::size_t>(kernels::column_block));
    block b = make_block(kernels::column_block);
    evaluate(today, 0, kernels::column_block, b);
    const std::vector<double> cube = b.cube.get(), variance = b.variance.get();
    values.resize(positions.size());
    errors.resize(positions.size());
    for (std::size_t i = 0; i < positions.size(); ++i) values[i] = cube[i * kernels::column_block];
    for (std::size_t a = 0; a < t.asians.size(); ++a)
      errors[static_cast<std::size_t>(t.asians[a].held.row)] = std::sqrt(variance[a * kernels::column_block]);
    launch(kernels::asian_base{asians.data(), view(std::as_const(b.state)), view(std::as_const(b.drift)),
                               view(std::as_const(b.level)), view(std::as_const(paths)), view(residuals)},
           asians.size(), padded(pairs));
    todays = asarray(values, on);
    on.synchronize();
  }

  /// Groups of positions, and last the group of all Asian rows of the variance matrix, as tiles of a fixed size.
  void make_groups(std::vector<std::vector<std::int32_t>> lists, const tables& t) {
    groups = static_cast<std::int64_t>(lists.size());
    std::vector<std::int32_t> members, tile_bounds{0}, group_bounds{0};
    std::vector<std::int32_t> all(t.asians.size());
    for (std::size_t a = 0; a < all.size(); ++a) all[a] = static_cast<std::int32_t>(a);
    lists.push_back(std::move(all));
    for (const auto& list : lists) {
      for (std::size_t begin = 0; begin < list.size(); begin += tile_members) {
        const std::size_t end = std::min(list.size(), begin + tile_members);
        members.insert(members.end(), list.begin() + static_cast<std::ptrdiff_t>(begin),
                       list.begin() + static_cast<std::ptrdiff_t>(end));
        tile_bounds.push_back(static_cast<std::int32_t>(members.size()));
      }
      group_bounds.push_back(static_cast<std::int32_t>(tile_bounds.size()) - 1);
    }
    position_tiles = group_bounds[static_cast<std::size_t>(groups)];
    tiles = static_cast<std::int64_t>(tile_bounds.size()) - 1;
    tile_members_list = asarray(members, on);
    tile_bounds_list = asarray(tile_bounds, on);
    group_bounds_list = asarray(group_bounds, on);
    zeros = asarray(std::vector<double>(t.asians.size(), 0.0), on);
  }

  template <class Kernel> void launch(const Kernel& kernel, std::int64_t items, std::int64_t columns) const {
    on.where().backend().launch(kernel, items, columns, on.handle());
  }

  /// A block of scenarios and its part of the cube, on the device.
  struct block {
    array<double> state, cube, drift, level, variance;
  };

  block make_block(std::int64_t columns) const {
    const auto rows = [&](std::int64_t n) { return array<double>({n, columns}, on); };
    return {rows(layout.rows()), rows(count), rows(fixings.size()), rows(fixings.size()), rows(asians.size())};
  }

  /// Values every position in scenarios begin .. begin + columns; columns past the end repeat the last one.
  void evaluate(const scenario_states& states, std::size_t begin, std::int64_t columns, block& b) const {
    const std::size_t width = static_cast<std::size_t>(columns), stride = static_cast<std::size_t>(b.state.shape()[1]);
    std::vector<double> host(states.rows * stride);
    for (std::size_t r = 0; r < states.rows; ++r)
      for (std::size_t c = 0; c < width; ++c)
        host[r * stride + c] = states.values[r * states.columns + std::min(begin + c, states.columns - 1)];
    b.state.set(host);
    const kernels::const_matrix state = view(std::as_const(b.state)), drift = view(std::as_const(b.drift)),
                                level = view(std::as_const(b.level));
    const kernels::matrix cube = view(b.cube);
    launch(kernels::revalue_american{{americans.data(), state, cube}, scheme.data()}, americans.size(), columns);
    launch(kernels::asian_drift{asians.data(), fixings.data(), state, view(b.drift), view(b.level)}, fixings.size(), columns);
    launch(kernels::revalue_asian{asians.data(), state, drift, level, view(paths), view(residuals), cube, view(b.variance),
                                  fixings.data(), pairs},
           asians.size(), columns);
    launch(kernels::revalue_barrier{barriers.data(), state, cube}, barriers.size(), columns);
    launch(kernels::revalue_digital{digitals.data(), state, cube}, digitals.size(), columns);
    launch(kernels::revalue_european{europeans.data(), state, cube}, europeans.size(), columns);
    launch(kernels::revalue_forward{forwards.data(), state, cube}, forwards.size(), columns);
    launch(kernels::revalue_stock{stocks.data(), state, cube}, stocks.size(), columns);
  }

  std::int64_t block_columns(std::size_t scenarios) const {
    const double bytes_a_column =
        8.0 * static_cast<double>(layout.rows() + count + 2 * fixings.size() + asians.size() + tiles + groups + 1);
    const double fit =
        std::max(1.0, static_cast<double>(settings.block_mib) * 1048576.0 / bytes_a_column / kernels::column_block);
    const double useful = on.where().is_cuda() ? 1e6 : 8; // on the CPU a block should stay in cache, and progress be seen
    const auto blocks = static_cast<std::int64_t>(std::min(fit, useful));
    return std::min(blocks * kernels::column_block, padded(static_cast<std::int64_t>(scenarios)));
  }

  /// Calls `use(first scenario, scenarios, padded columns, block)` for each block of scenarios, in order.
  template <class Use> void for_each_block(const scenario_states& states, const Use& use) const {
    if (states.rows != static_cast<std::size_t>(layout.rows()))
      throw input_error("scenario states of " + std::to_string(states.rows) + " rows (this book's layout has " +
                        std::to_string(layout.rows()) + ")");
    if (states.columns == 0) return;
    const std::int64_t width = block_columns(states.columns);
    block b = make_block(width);
    for (std::size_t begin = 0; begin < states.columns; begin += static_cast<std::size_t>(width)) {
      const std::size_t used = std::min(static_cast<std::size_t>(width), states.columns - begin);
      const std::int64_t columns = padded(static_cast<std::int64_t>(used));
      evaluate(states, begin, columns, b);
      use(begin, used, columns, b);
    }
  }

  state_layout layout;
  pricing_settings settings;
  stream on;
  std::int64_t count, groups = 0, tiles = 0, position_tiles = 0, pairs = 0;
  array<kernels::stock_trade> stocks;
  array<kernels::forward_trade> forwards;
  array<kernels::vanilla_trade> europeans, americans;
  array<kernels::digital_trade> digitals;
  array<kernels::barrier_trade> barriers;
  array<kernels::asian_trade> asians;
  array<kernels::asian_fixing> fixings;
  array<american_scheme> scheme;
  array<std::int32_t> tile_members_list, tile_bounds_list, group_bounds_list;
  array<double> paths, residuals, todays, zeros;
  std::vector<double> values, errors;
};

revaluer::revaluer(const portfolio& positions, const market& m, std::vector<std::vector<std::int32_t>> groups,
                   const pricing_settings& settings, const stream& on)
    : impl_(std::make_unique<impl>(positions, m, std::move(groups), settings, on)) {}
revaluer::~revaluer() = default;
revaluer::revaluer(revaluer&&) noexcept = default;

const state_layout& revaluer::layout() const { return impl_->layout; }
const std::vector<double>& revaluer::values() const { return impl_->values; }
const std::vector<double>& revaluer::standard_errors() const { return impl_->errors; }

group_pnl revaluer::run(const scenario_states& states, const progress& report) const {
  const impl& p = *impl_;
  const std::size_t rows = static_cast<std::size_t>(p.groups) + 1;
  group_pnl result{static_cast<std::size_t>(p.groups), states.columns, {}, {}};
  std::vector<double> sums(rows * states.columns);
  std::optional<array<double>> partial, block_sums;
  if (report) report(0, states.columns);
  p.for_each_block(states, [&](std::size_t begin, std::size_t used, std::int64_t columns, const impl::block& b) {
    const std::int64_t width = b.cube.shape()[1];
    if (!partial)
      partial.emplace(std::vector{p.tiles, width}, p.on), block_sums.emplace(std::vector{p.groups + 1, width}, p.on);
    const kernels::matrix tile_sums = view(*partial);
    p.launch(
        kernels::sum_tiles{p.tile_members_list.data(), p.tile_bounds_list.data(), p.todays.data(), view(b.cube), tile_sums},
        p.position_tiles, columns);
    p.launch(kernels::sum_tiles{p.tile_members_list.data(),
                                p.tile_bounds_list.data() + p.position_tiles,
                                p.zeros.data(),
                                view(b.variance),
                                {tile_sums.data + p.position_tiles * width, width}},
             p.tiles - p.position_tiles, columns);
    p.launch(kernels::sum_groups{p.group_bounds_list.data(), view(std::as_const(*partial)), view(*block_sums)}, p.groups + 1,
             columns);
    const std::vector<double> host = block_sums->get();
    for (std::size_t g = 0; g < rows; ++g)
      std::copy_n(host.begin() + static_cast<std::ptrdiff_t>(g) * width, used,
                  sums.begin() + static_cast<std::ptrdiff_t>(g * states.columns + begin));
    if (report) report(begin + used, states.columns);
  });
  const auto variance = sums.begin() + static_cast<std::ptrdiff_t>(result.groups * states.columns);
  result.variance.assign(variance, sums.end());
  sums.erase(variance, sums.end());
  result.values = std::move(sums);
  return result;
}

std::vector<double> revaluer::positions_pnl(const scenario_states& states) const {
  const impl& p = *impl_;
  std::vector<double> pnl(static_cast<std::size_t>(p.count) * states.columns);
  p.for_each_block(states, [&](std::size_t begin, std::size_t used, std::int64_t, const impl::block& b) {
    const std::size_t width = static_cast<std::size_t>(b.cube.shape()[1]);
    const std::vector<double> cube = b.cube.get();
    for (std::size_t i = 0; i < static_cast<std::size_t>(p.count); ++i)
      for (std::size_t s = 0; s < used; ++s) pnl[i * states.columns + begin + s] = cube[i * width + s] - p.values[i];
  });
  return pnl;
}

} // namespace dojima
