// The walk of a block of paths, over any process and register pack; compiled once for each process and instruction set.
#pragma once

#include "kernels/cpu/gather.hpp"
#include "kernels/cpu/pack_single.hpp"
#include "kernels/cpu/paths.hpp"
#include "kernels/cpu/words.hpp"
#include "models/process/draws.hpp"

namespace dojima {
inline namespace DOJIMA_ISA {

template <template <class> class Process, class Real> class walk {
  using process = Process<Real>;
  using T = uniform_of<Real>;
  using step = typename process::template step<T>;
  using layout = draw_layout<process::normals>;
  using draw = draws_for<process, Real>;
  using Word = word_of<Real>;
  static constexpr int lanes = kernels::path_lanes, width = Real::width;
  static constexpr int states = process::states, group = layout::steps, observables = process::observables;

public:
  static void run(const kernels::path_arguments& a, int scenario, std::int64_t first_path, kernels::path_workspace& work,
                  kernels::path_observer& observer) {
    walk(a, scenario, first_path, work).steps(observer);
  }

private:
  walk(const kernels::path_arguments& a, int scenario, std::int64_t first_path, kernels::path_workspace& work)
      : a_(a), first_(first_path), mirrored_(a.signs[scenario] < 0),
        c_(static_cast<const step*>(a.coefficients) + std::int64_t{scenario} * a.steps * a.assets),
        table_(static_cast<const T*>(a.table) + std::int64_t{scenario} * a.table_count) {
    const std::size_t assets = static_cast<std::size_t>(a.assets);
    T* room = static_cast<T*>(work.room(sizeof(T) * lanes * assets * (states + group * (observables + process::normals))));
    x_ = room;
    out_ = x_ + lanes * assets * states;
    z_ = out_ + lanes * assets * group * observables;
    if (shares()) make_shared(work.shared_from);
    const T* start = static_cast<const T*>(a.start) + std::int64_t{scenario} * a.assets * states;
    for (int i = 0; i < a.assets * states; ++i)
      for (int p = 0; p < lanes; p += width) store(x_ + i * lanes + p, Real(start[i]));
  }

  void steps(kernels::path_observer& observer) {
    for (int g = 0; g < a_.steps; g += group) {
      const int count = a_.steps - g < group ? a_.steps - g : group;
      if (a_.correlation != nullptr) make_normals(g, count);
      for (int asset = 0; asset < a_.assets; ++asset)
        for (int p = 0; p < lanes; p += width) advance(g, count, asset, p);
      for (int s = 0; s < count; ++s)
        if (a_.masks[g + s] != 0) observer.observe(g + s, out_ + s * a_.assets * observables * lanes);
    }
  }

  /// The draws of a group for paths from `path` on.
  void make(std::int64_t path, int number, draw (&d)[group]) const {
    Word w[4 * layout::blocks];
    DOJIMA_UNROLL
    for (int b = 0; b < layout::blocks; ++b) {
      Word c[4];
      set_counter(c, Word(static_cast<std::uint32_t>(path)) + lane_numbers<Real>(), static_cast<std::uint64_t>(path),
                  static_cast<std::uint32_t>(number * layout::blocks + b), a_.stream);
      philox_rounds(c, static_cast<std::uint32_t>(a_.seed), static_cast<std::uint32_t>(a_.seed >> 32));
      DOJIMA_UNROLL
      for (int k = 0; k < 4; ++k) w[4 * b + k] = c[k];
    }
    make_draws(w, d);
  }

  bool shares() const { return layout::words == 1 && kernels::shares_blocks(a_); }
  /// The normals of four times `lanes` paths, unless they are there since an earlier block of them.
  void make_shared(std::int64_t& there) {
    const std::int64_t from = first_ - first_ % (4 * lanes);
    if (there == from) return;
    there = from;
    for (int p = 0; p < lanes; p += width) {
      draw d[group];
      make(from + p, 0, d);
      DOJIMA_UNROLL
      for (int s = 0; s < group; ++s) store(z_ + s * lanes + p, d[s].z[0]);
    }
  }

  void fill(int g, int count, int asset, int p, draw (&d)[group]) const {
    if (shares()) {
      d[0].z[0] = load<Real>(z_ + first_ % (4 * lanes) + p);
    } else if (a_.draws == nullptr) {
      make(first_ + p, g / group * a_.assets + asset, d);
    } else {
      const std::int64_t column = first_ - a_.first_tile * kernels::tile_paths + p;
      for (int s = 0; s < count; ++s) {
        const double* row = a_.draws + (std::int64_t{g + s} * a_.assets + asset) * process::normals * a_.draws_stride + column;
        for (int k = 0; k < process::normals; ++k, row += a_.draws_stride) set_normal(d[s], k, drawn(row));
      }
    }
    if (mirrored_)
      for (int s = 0; s < count; ++s)
        for (int k = 0; k < process::normals; ++k) d[s].z[k] = -d[s].z[k];
  }

  static Real drawn(const double* row) {
    if constexpr (sizeof(T) == sizeof(double)) {
      return load<Real>(row);
    } else {
      T narrow[width];
      for (int l = 0; l < width; ++l) narrow[l] = static_cast<T>(row[l]);
      return load<Real>(narrow);
    }
  }

  void advance(int g, int count, int asset, int p) {
    draw d[group];
    if (a_.correlation == nullptr) fill(g, count, asset, p, d);
    Real x[states];
    T* const mine = x_ + asset * states * lanes + p;
    DOJIMA_UNROLL
    for (int k = 0; k < states; ++k) x[k] = load<Real>(mine + k * lanes);
    if constexpr (layout::words == 1) { // short steps
      DOJIMA_UNROLL
      for (int s = 0; s < group; ++s)
        if (s < count) advance(g, s, asset, p, d[s], x);
    } else {
      for (int s = 0; s < count; ++s) advance(g, s, asset, p, d[s], x);
    }
    DOJIMA_UNROLL
    for (int k = 0; k < states; ++k) store(mine + k * lanes, x[k]);
  }
  DOJIMA_FN void advance(int g, int s, int asset, int p, draw& d, Real (&x)[states]) {
    const step& c = c_[(g + s) * a_.assets + asset];
    if (a_.correlation != nullptr) {
      correlate(s, asset, p, d);
      if constexpr (has_rho<process>) turn(d, Real(process::rho(c)));
    }
    process::advance(x, c, d, table_);
    if (a_.masks[g + s] == 0) return;
    Real out[observables];
    process::observe(x, c, out);
    T* const to = out_ + (s * a_.assets + asset) * observables * lanes + p;
    DOJIMA_UNROLL
    for (int k = 0; k < observables; ++k) store(to + k * lanes, out[k]);
  }

  /// The normals of all assets, not yet mixed.
  void make_normals(int g, int count) {
    for (int asset = 0; asset < a_.assets; ++asset)
      for (int p = 0; p < lanes; p += width) {
        draw d[group];
        fill(g, count, asset, p, d);
        for (int s = 0; s < count; ++s)
          for (int k = 0; k < process::normals; ++k) store(normals_of(s, asset, k) + p, normal(d[s], k));
      }
  }
  T* normals_of(int s, int asset, int k) const { return z_ + ((s * a_.assets + asset) * process::normals + k) * lanes; }
  void correlate(int s, int asset, int p, draw& d) const {
    const T* row = static_cast<const T*>(a_.correlation) + asset * a_.assets;
    for (int k = 0; k < process::correlated; ++k) {
      Real y = 0.0;
      for (int j = 0; j <= asset; ++j) y = fma(Real(row[j]), load<Real>(normals_of(s, j, k) + p), y);
      set_normal(d, k, y);
    }
    for (int k = process::correlated; k < process::normals; ++k) set_normal(d, k, load<Real>(normals_of(s, asset, k) + p));
  }

  const kernels::path_arguments& a_;
  std::int64_t first_;
  bool mirrored_;
  const step* c_;
  const T* table_;
  T *x_, *out_, *z_;
};

} // namespace DOJIMA_ISA
} // namespace dojima
