// Simulations on the GPU: one thread walks a path. Compiled at run time together with the generated payoffs.
#pragma once

#include "kernels/cuda/prelude.hpp"
#include "kernels/paths.hpp"
#include "models/process/draws.hpp"
#include "models/single.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

using kernels::path_arguments;
using kernels::path_lanes;
using kernels::tile_paths;

// ---- operations of payoffs: those of the array layer in double, and of `single` in single precision
// ---------------------------

#define DOJIMA_PAYOFF_BINARY(name, with_single)                                       \
  DOJIMA_FN double pay_##name(double a, double b) { return elementwise::name(a, b); } \
  DOJIMA_FN single pay_##name(single a, single b) { return with_single; }
DOJIMA_PAYOFF_BINARY(add, a + b)
DOJIMA_PAYOFF_BINARY(subtract, a - b)
DOJIMA_PAYOFF_BINARY(multiply, a* b)
DOJIMA_PAYOFF_BINARY(divide, a / b)
DOJIMA_PAYOFF_BINARY(minimum, min(a, b))
DOJIMA_PAYOFF_BINARY(maximum, max(a, b))
DOJIMA_PAYOFF_BINARY(power, exp(b* log(a)))
#undef DOJIMA_PAYOFF_BINARY
#define DOJIMA_PAYOFF_UNARY(name, with_single)                           \
  DOJIMA_FN double pay_##name(double a) { return elementwise::name(a); } \
  DOJIMA_FN single pay_##name(single a) { return with_single; }
DOJIMA_PAYOFF_UNARY(negative, -a)
DOJIMA_PAYOFF_UNARY(absolute, abs(a))
DOJIMA_PAYOFF_UNARY(sqrt, sqrt(a))
DOJIMA_PAYOFF_UNARY(exp, exp(a))
DOJIMA_PAYOFF_UNARY(log, log(a))
DOJIMA_PAYOFF_UNARY(norm_cdf, norm_cdf(a))
DOJIMA_PAYOFF_UNARY(floor, single(static_cast<double>(::floorf(a.v))))
DOJIMA_PAYOFF_UNARY(ceil, single(static_cast<double>(::ceilf(a.v))))
#undef DOJIMA_PAYOFF_UNARY
#define DOJIMA_PAYOFF_COMPARISON(name, op)                         \
  DOJIMA_FN bool pay_##name(double a, double b) { return a op b; } \
  DOJIMA_FN bool pay_##name(single a, single b) { return a op b; }
DOJIMA_PAYOFF_COMPARISON(less, <)
DOJIMA_PAYOFF_COMPARISON(less_equal, <=)
DOJIMA_PAYOFF_COMPARISON(greater, >)
DOJIMA_PAYOFF_COMPARISON(greater_equal, >=)
DOJIMA_PAYOFF_COMPARISON(equal, ==)
DOJIMA_PAYOFF_COMPARISON(not_equal, !=)
#undef DOJIMA_PAYOFF_COMPARISON
template <class Real> DOJIMA_FN Real pay_where(bool c, Real a, Real b) { return c ? a : b; }
DOJIMA_FN double pay_fma(double a, double b, double c) { return fma(a, b, c); }
DOJIMA_FN single pay_fma(single a, single b, single c) { return fma(a, b, c); }
DOJIMA_FN bool pay_logical_and(bool a, bool b) { return a && b; }
DOJIMA_FN bool pay_logical_or(bool a, bool b) { return a || b; }
DOJIMA_FN bool pay_logical_not(bool a) { return !a; }

DOJIMA_FN double widened(double x) { return x; }
DOJIMA_FN double widened(single x) { return static_cast<double>(x.v); }
DOJIMA_FN void keep(double* to, double x) { *to = x; }
DOJIMA_FN void keep(float* to, single x) { *to = x.v; }

/// The sums of a block's 128 lanes by the tree of the lanes; count of them at once.
template <int count> __device__ __forceinline__ void fold(const double (&sums)[count], double* to) {
  __shared__ double lanes[count][path_lanes];
#pragma unroll
  for (int k = 0; k < count; ++k) lanes[k][threadIdx.x] = sums[k];
  __syncthreads();
  const int lane = threadIdx.x % 32;
  for (int k = threadIdx.x / 32; k < count; k += path_lanes / 32) {
    double x = (lanes[k][lane] + lanes[k][lane + 64]) + (lanes[k][lane + 32] + lanes[k][lane + 96]);
#pragma unroll
    for (int half = 16; half > 0; half /= 2) x += __shfl_down_sync(0xffffffffu, x, half);
    if (lane == 0) to[k] = x;
  }
  __syncthreads();
}

template <int count> __device__ __forceinline__ void fold(const double (&sums)[1][count], double* to) { fold(sums[0], to); }
/// The same by one warp, whose threads have the sums of four lanes each, 32 apart.
template <int count> __device__ __forceinline__ void fold(const double (&sums)[4][count], double* to) {
#pragma unroll
  for (int k = 0; k < count; ++k) {
    double x = (sums[0][k] + sums[2][k]) + (sums[1][k] + sums[3][k]);
#pragma unroll
    for (int half = 16; half > 0; half /= 2) x += __shfl_down_sync(0xffffffffu, x, half);
    if (threadIdx.x == 0) to[k] = x;
  }
}

/// A step's numbers, which are the same for all threads, in loads as wide as their place allows.
template <class S> __device__ __forceinline__ S load_step(const S* from) {
  constexpr int wide = sizeof(S) % 16 == 0 ? 4 : sizeof(S) % 8 == 0 ? 2 : 1;
  S to;
#pragma unroll
  for (int i = 0; i < static_cast<int>(sizeof(S) / 4); i += wide) {
    unsigned* const part = reinterpret_cast<unsigned*>(&to) + i;
    const unsigned* const there = reinterpret_cast<const unsigned*>(from) + i;
    if constexpr (wide == 4) {
      const uint4 w = __ldg(reinterpret_cast<const uint4*>(there));
      part[0] = w.x, part[1] = w.y, part[2] = w.z, part[3] = w.w;
    } else if constexpr (wide == 2) {
      const uint2 w = __ldg(reinterpret_cast<const uint2*>(there));
      part[0] = w.x, part[1] = w.y;
    } else {
      part[0] = __ldg(there);
    }
  }
  return to;
}

/// A where `first`, else B.
template <bool first, class A, class B> struct choice { using type = A; };
template <class A, class B> struct choice<false, A, B> { using type = B; };
template <bool first, class A, class B> using conditional = typename choice<first, A, B>::type;

/// The draws of one step in the simulation's Real.
template <class Setup> using draws_of = draws_for<typename Setup::process, typename Setup::Real>;

/// The draws of one group of steps of one asset.
template <class Setup, int group>
__device__ __forceinline__ void draw_group(const path_arguments& a, std::int64_t path, std::uint32_t number,
                                           draws_of<Setup> (&d)[group]) {
  using process = typename Setup::process;
  using Drawn = typename Setup::Drawn;
  using layout = draw_layout<process::normals>;
  word_of<Drawn> w[4 * layout::blocks];
#pragma unroll
  for (int b = 0; b < layout::blocks; ++b) {
    std::uint32_t r[4];
    set_counter(r, static_cast<std::uint32_t>(path), static_cast<std::uint64_t>(path), number * layout::blocks + b, a.stream);
#pragma unroll
    for (int k = 0; k < 20; k += 2) philox_round(r, a.keys[k], a.keys[k + 1]);
#pragma unroll
    for (int k = 0; k < 4; ++k) w[4 * b + k] = r[k];
  }
  if constexpr (Setup::mixed) {
    draws_for<process, Drawn> drawn[group];
    make_draws(w, drawn);
#pragma unroll
    for (int s = 0; s < group; ++s) {
#pragma unroll
      for (int k = 0; k < process::normals; ++k) {
        d[s].z[k] = widened(drawn[s].z[k]);
        if constexpr (takes_polar<process>) d[s].square[k] = widened(max(drawn[s].square[k], Drawn(1e-30))); // a root follows
      }
    }
  } else {
    make_draws(w, d);
  }
}

/// The draws of a path that shares its block with three others.
template <class Setup> __device__ __forceinline__ draws_of<Setup> draw_one_word(const path_arguments& a, std::int64_t path) {
  const int k = static_cast<int>(path / path_lanes % 4);
  draws_of<Setup> d[4];
  draw_group<Setup>(a, path - k * path_lanes, 0, d);
  return k < 2 ? k == 0 ? d[0] : d[1] : k == 2 ? d[2] : d[3];
}

/// Walks one path of one scenario. Setup, from the generated source: Real, process, state, assets, correlated, mirrors (some
/// scenario has mirrored normals), from_memory, every_step (schedule 0 observes at each step, and there is no other), at_end
/// (all schedules observe at the last step, and none before), mixed, one_word (four paths share a block; a path's draws are
/// given).
template <class Setup>
__device__ __forceinline__ void walk(const path_arguments& a, int scenario, std::int64_t path, typename Setup::state& payoffs,
                                     const draws_of<Setup>* given = nullptr) {
  using Real = typename Setup::Real;
  using T = uniform_of<Real>;
  using process = typename Setup::process;
  using step = typename process::template step<T>;
  using layout = draw_layout<process::normals>;
  constexpr int assets = Setup::assets, group = layout::steps;
  constexpr bool whole_groups = Setup::whole_groups;

  const step* c = static_cast<const step*>(a.coefficients) + std::int64_t{scenario} * a.steps * assets;
  const T* table = static_cast<const T*>(a.table) + std::int64_t{scenario} * a.table_count;
  const T* start = static_cast<const T*>(a.start) + scenario * assets * process::states;
  const T* dates = static_cast<const T*>(a.dates) + std::int64_t{scenario} * a.steps * a.date_columns;
  const T* shared = static_cast<const T*>(a.shared) + std::int64_t{scenario} * a.shared_count;
  const bool mirrored = Setup::mirrors && a.signs[scenario] < 0;

  Real x[assets][process::states];
#pragma unroll
  for (int i = 0; i < assets; ++i)
#pragma unroll
    for (int k = 0; k < process::states; ++k) x[i][k] = Real(start[i * process::states + k]);
  payoffs.start(shared);

  for (int g = 0; g < (Setup::one_word ? 1 : a.steps); g += group) {
    draws_of<Setup> d[assets][group];
#pragma unroll
    for (int i = 0; i < assets; ++i) {
      if constexpr (Setup::one_word) {
        d[i][0] = *given;
      } else if constexpr (Setup::from_memory) {
        const std::int64_t column = path - a.first_tile * tile_paths;
#pragma unroll
        for (int s = 0; s < group; ++s) {
          if (!whole_groups && g + s >= a.steps) break;
          const double* row = a.draws + (std::int64_t{g + s} * assets + i) * process::normals * a.draws_stride + column;
#pragma unroll
          for (int k = 0; k < process::normals; ++k, row += a.draws_stride) set_normal(d[i][s], k, Real(*row));
        }
      } else {
        draw_group<Setup>(a, path, static_cast<std::uint32_t>(g / group * assets + i), d[i]);
      }
      if (mirrored) {
#pragma unroll
        for (int s = 0; s < group; ++s)
#pragma unroll
          for (int k = 0; k < process::normals; ++k) d[i][s].z[k] = -d[i][s].z[k];
      }
    }
#pragma unroll
    for (int s = 0; s < group; ++s) {
      if (Setup::one_word ? s > 0 : !whole_groups && g + s >= a.steps) break;
      if constexpr (Setup::correlated) {
        const T* row = static_cast<const T*>(a.correlation);
#pragma unroll
        for (int k = 0; k < process::correlated; ++k) {
#pragma unroll
          for (int i = 0; i < assets; ++i) set_normal(d[i][s], k, normal(d[i][s], k));
#pragma unroll
          for (int i = assets - 1; i >= 0; --i) { // from the last, whose normal no other asset needs
            Real y = 0.0;
#pragma unroll
            for (int j = 0; j <= i; ++j) y = fma(Real(row[i * assets + j]), d[j][s].z[k], y);
            d[i][s].z[k] = y;
          }
        }
      }
      step now[assets];
#pragma unroll
      for (int i = 0; i < assets; ++i) {
        now[i] = load_step(c + (g + s) * assets + i);
        if constexpr (Setup::correlated && has_rho<process>) turn(d[i][s], Real(process::rho(now[i])));
        process::advance(x[i], now[i], d[i][s], table);
      }
      const bool is_last = Setup::one_word || (!(whole_groups && s + 1 < group) && g + s + 1 == a.steps);
      const std::uint64_t mask = Setup::every_step ? 1 : !Setup::at_end ? a.masks[g + s] : is_last ? ~0ul : 0;
      if (mask != 0) {
        Real seen[assets * process::observables];
#pragma unroll
        for (int i = 0; i < assets; ++i) {
          Real out[process::observables];
          process::observe(x[i], now[i], out);
#pragma unroll
          for (int k = 0; k < process::observables; ++k) seen[i * process::observables + k] = out[k];
        }
        payoffs.observe(mask, seen, dates + (g + s) * a.date_columns, shared);
      }
    }
  }
}

/// The threads of a tile, which is a block: one for each lane, or one for four where paths share blocks of draws, and are soon
/// over. There, in double precision, a multiprocessor holds at least 16 blocks: the compiler would take more registers.
template <class Setup> inline constexpr int tile_threads = Setup::one_word ? path_lanes / 4 : path_lanes;
template <class Setup>
inline constexpr int tile_blocks = Setup::one_word && !single_precision<typename Setup::Real> ? 16 : 0; // 0: any number

/// The sums of the block's tile. Adder::add<whole>(arguments, first path, paths that count, sums) adds up a thread's lanes.
template <class Setup, class Adder, int count> __device__ __forceinline__ void add_tile(const path_arguments& a) {
  const std::int64_t first = (a.first_tile + blockIdx.x) * tile_paths, beyond = a.paths - first;
  double sums[path_lanes / tile_threads<Setup>][count];
  if (Setup::one_word && beyond >= tile_paths) Adder::template add<true>(a, first, tile_paths, sums);
  else Adder::template add<false>(a, first, beyond < tile_paths ? static_cast<int>(beyond) : tile_paths, sums);
  fold(sums, a.partial + std::int64_t{blockIdx.x} * count);
}

/// The totals of chunks from the sums of tiles.
__device__ __forceinline__ void add_chunk(const path_arguments& a, std::int64_t tiles, int sums) {
  const std::int64_t first = std::int64_t{blockIdx.y} * a.chunk_tiles;
  const std::int64_t end = first + a.chunk_tiles < tiles ? first + a.chunk_tiles : tiles;
  double x[1] = {0.0};
  for (std::int64_t t = first + threadIdx.x; t < end; t += path_lanes) x[0] += a.partial[t * sums + blockIdx.x];
  fold(x, a.totals + std::int64_t{blockIdx.y} * sums + blockIdx.x);
}

} // namespace DOJIMA_ISA
} // namespace dojima
