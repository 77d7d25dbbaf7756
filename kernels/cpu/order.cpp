// Order and scans on the CPU. Large rows are sorted by splitters drawn from a sample (as Frazer and McKellar 1970, JACM 17)
// into buckets that fit the cache; a bucket is sorted by the position of its keys in its range, which leaves a few elements
// together. Both steps keep equal keys in order. A quantile needs one pass: sampled bounds around its ranks (Floyd and Rivest
// 1975, CACM 18).
#include "kernels/order.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <vector>

#include "kernels/backend.hpp"
#include "kernels/order_cells.hpp"

namespace dojima::kernels {
namespace {

using std::int64_t;
using std::uint32_t;
using std::uint64_t;
namespace tbb = oneapi::tbb;

/// Uninitialised memory that grows only.
template <class E> class buffer {
public:
  buffer() = default;
  explicit buffer(int64_t size) { reserve(size); }
  E* reserve(int64_t size) {
    if (size > size_) {
      data_.reset(new E[static_cast<std::size_t>(size)]);
      size_ = size;
    }
    return data_.get();
  }
  E* get() const { return data_.get(); }
  E& operator[](int64_t i) const { return data_[static_cast<std::size_t>(i)]; }

private:
  std::unique_ptr<E[]> data_;
  int64_t size_ = 0;
};

/// f(first, last) over pieces of [0, size), in parallel; isolated, so that a caller's lock is not met again.
template <class F> void in_parallel(int64_t size, int64_t grain, F&& f) {
  if (size <= grain) {
    if (size > 0) f(int64_t{0}, size);
    return;
  }
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(tbb::blocked_range<int64_t>(0, size, static_cast<std::size_t>(grain)),
                      [&](const tbb::blocked_range<int64_t>& r) { f(r.begin(), r.end()); });
  });
}

/// The i-th place of a sample of n elements: spread evenly, in no order.
int64_t sampled(std::size_t i, int64_t n) {
  const uint64_t hash = (static_cast<uint64_t>(i) + 1) * 0x9e3779b97f4a7c15u;
  return static_cast<int64_t>((static_cast<unsigned __int128>(hash) * static_cast<uint64_t>(n)) >> 64);
}

// ---- sorting --------------------------------------------------------------------------------------------------------------

/// What is sorted: a key alone (a 32-bit key with its index below it is one too), or a key with its index.
struct keyed {
  uint64_t key;
  int64_t index;
};
uint32_t key_of(uint32_t e) { return e; }
uint64_t key_of(uint64_t e) { return e; }
uint64_t key_of(const keyed& e) { return e.key; }

/// Puts e into the sorted a[0, n), after its equals.
template <class E> void insert(E* a, int64_t n, const E e) {
  for (; n > 0 && key_of(e) < key_of(a[n - 1]); --n) a[n] = a[n - 1];
  a[n] = e;
}

template <class E> struct workspace {
  buffer<E> other;
  std::vector<uint32_t> counts;
};

/// Stable sort of a[0, n) by the keys' place in their range; `other` has room for n. Recursion ends, because each step tells
/// apart at least the smallest and the largest key.
template <class E> void sort_block(E* a, E* other, int64_t n, std::vector<uint32_t>& counts) {
  constexpr int64_t few = 24;
  if (n <= few) {
    for (int64_t i = 1; i < n; ++i) insert(a, i, a[i]);
    return;
  }
  auto low = key_of(a[0]), high = low;
  for (int64_t i = 1; i < n; ++i) {
    low = std::min(low, key_of(a[i]));
    high = std::max(high, key_of(a[i]));
  }
  if (low == high) return;
  const int range_bits = 64 - __builtin_clzll(static_cast<uint64_t>(high - low));
  const int place_bits = std::min(16, 65 - __builtin_clzll(static_cast<uint64_t>(n))); // more places than elements
  const int shift = std::max(0, range_bits - place_bits);
  const auto place_of = [=](const E& e) { return static_cast<std::size_t>((key_of(e) - low) >> shift); };
  const std::size_t places = static_cast<std::size_t>(static_cast<uint64_t>(high - low) >> shift) + 1;
  const std::size_t base = counts.size();
  counts.resize(base + places + 1); // zeros; the levels of the recursion stack up
  uint32_t* start = counts.data() + base;
  for (int64_t i = 0; i < n; ++i) ++start[place_of(a[i]) + 1];
  uint32_t most = 0, total = 0;
  for (std::size_t p = 1; p <= places; ++p) {
    most = std::max(most, start[p]);
    start[p] = total += start[p];
  }
  for (int64_t i = 0; i < n; ++i) other[start[place_of(a[i])]++] = a[i]; // now start[p] is the end of place p
  if (shift > 0 && most > few) {
    int64_t first = 0;
    for (std::size_t p = 0; p < places; ++p) {
      const int64_t last = counts[base + p]; // the recursion may have moved the counts
      if (last - first > few) sort_block(other + first, a + first, last - first, counts);
      first = last;
    }
  }
  counts.resize(base);
  a[0] = other[0];
  for (int64_t i = 1; i < n; ++i) insert(a, i, other[i]);
}

constexpr int64_t bucket_elements = 16384;
constexpr int bucket_bits = 8; ///< at most

/// Puts keys into buckets of about equal size by splitters from a sorted sample: by a table over the keys' range, or by a
/// search tree where the table is too coarse.
template <class K> class splitters {
public:
  splitters(const std::vector<K>& sample, int levels) : levels_(levels) {
    const std::size_t buckets = std::size_t{1} << levels, share = sample.size() / buckets;
    // The table leaves out the outermost keys of the sample, so that outliers do not make it coarse.
    constexpr int cell_bits = 18;
    low_ = sample[share / 8];
    range_ = sample[sample.size() - 1 - share / 8] - low_;
    const int bits = range_ == 0 ? 0 : 64 - __builtin_clzll(static_cast<uint64_t>(range_));
    shift_ = std::max(0, bits - cell_bits);
    table_.resize(static_cast<std::size_t>(range_ >> shift_) + 1);
    std::size_t cell = 0;
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
      const std::size_t end = bucket + 1 < buckets ? cell_of(sample[(bucket + 1) * share]) : table_.size();
      for (; cell < end; ++cell) table_[cell] = static_cast<std::uint8_t>(bucket);
    }
    std::vector<std::size_t> sizes(buckets);
    for (const K key : sample) ++sizes[table_[cell_of(key)]];
    if (*std::max_element(sizes.begin(), sizes.end()) <= 3 * share) return;
    table_.clear();
    tree_.resize(buckets); // node i has the children 2 i and 2 i + 1
    for (std::size_t node = 1, level = 0; node < buckets; ++level)
      for (std::size_t k = 0; k < std::size_t{1} << level; ++k, ++node)
        tree_[node] = sample[(2 * k + 1) * (buckets >> (level + 1)) * share];
  }

  /// to[i] = the bucket of key(i), 0 <= i < n.
  template <class Key> void place(int64_t n, const Key key, std::uint8_t* to) const {
    if (tree_.empty()) {
      // Copies: for all the compiler knows, bytes that are written may be part of anything else.
      const std::uint8_t* table = table_.data();
      const K low = low_, range = range_;
      const int shift = shift_;
      for (int64_t i = 0; i < n; ++i) to[i] = table[cell_of(key(i), low, range, shift)];
      return;
    }
    constexpr int lanes = 8; // searches side by side
    const K* tree = tree_.data();
    for (int64_t i = 0; i < n; i += lanes) {
      const int used = static_cast<int>(std::min<int64_t>(lanes, n - i));
      K keys[lanes] = {};
      std::size_t node[lanes];
      for (int l = 0; l < used; ++l) keys[l] = key(i + l);
      for (std::size_t& start : node) start = 1;
      for (int level = 0; level < levels_; ++level)
        for (int l = 0; l < lanes; ++l) node[l] = 2 * node[l] + static_cast<std::size_t>(keys[l] >= tree[node[l]]);
      for (int l = 0; l < used; ++l) to[i + l] = static_cast<std::uint8_t>(node[l] - tree_.size());
    }
  }

private:
  static std::size_t cell_of(K key, K low, K range, int shift) {
    const K offset = key < low ? K{0} : static_cast<K>(key - low);
    return static_cast<std::size_t>(std::min(offset, range) >> shift);
  }
  std::size_t cell_of(K key) const { return cell_of(key, low_, range_, shift_); }

  int levels_, shift_;
  K low_, range_;
  std::vector<std::uint8_t> table_;
  std::vector<K> tree_;
};

/// Sorts n elements load(i) into `to` (room for n), then calls finish(first, last) for pieces of it.
template <class E, class Load, class Finish> void sort_large(int64_t n, E* to, const Load& load, const Finish& finish) {
  constexpr int oversampling = 32;
  int levels = 1;
  while (levels < bucket_bits && (n >> levels) > bucket_elements) ++levels;
  const int buckets = 1 << levels;
  using K = decltype(key_of(E{}));
  std::vector<K> sample(static_cast<std::size_t>(buckets * oversampling));
  for (std::size_t i = 0; i < sample.size(); ++i) sample[i] = key_of(load(sampled(i, n)));
  std::sort(sample.begin(), sample.end());
  const splitters<K> split(sample, levels);

  const int64_t chunk = std::max<int64_t>(65536, (n / 256 + 4095) / 4096 * 4096);
  const int64_t chunks = (n + chunk - 1) / chunk;
  const buffer<std::uint8_t> bucket_of(n);
  std::vector<int64_t> places(static_cast<std::size_t>(chunks * buckets)); // [chunk][bucket]
  in_parallel(chunks, 1, [&](int64_t chunk_first, int64_t chunk_last) {
    for (int64_t c = chunk_first; c < chunk_last; ++c) {
      std::array<int64_t, 1 << bucket_bits> count{};
      constexpr int64_t block = 2048;
      const int64_t last = std::min(n, (c + 1) * chunk);
      for (int64_t first = c * chunk; first < last; first += block) {
        const int64_t size = std::min(block, last - first);
        std::uint8_t* bucket = bucket_of.get() + first;
        split.place(
            size, [load, first](int64_t i) { return key_of(load(first + i)); }, bucket);
        for (int64_t i = 0; i < size; ++i) ++count[bucket[i]];
      }
      std::copy_n(count.begin(), buckets, places.data() + c * buckets);
    }
  });
  std::vector<int64_t> starts(static_cast<std::size_t>(buckets) + 1);
  int64_t total = 0;
  for (int b = 0; b < buckets; ++b) {
    starts[static_cast<std::size_t>(b)] = total;
    for (int64_t c = 0; c < chunks; ++c) {
      int64_t& place = places[static_cast<std::size_t>(c * buckets + b)];
      const int64_t count = place;
      place = total;
      total += count;
    }
  }
  starts[static_cast<std::size_t>(buckets)] = total;
  in_parallel(chunks, 1, [&](int64_t chunk_first, int64_t chunk_last) {
    for (int64_t c = chunk_first; c < chunk_last; ++c) {
      const auto source = load; // copies, as above
      E* const target = to;
      int64_t* const place = places.data() + c * buckets;
      const std::uint8_t* const bucket = bucket_of.get();
      const int64_t last = std::min(n, (c + 1) * chunk);
      for (int64_t i = c * chunk; i < last; ++i) target[place[bucket[i]]++] = source(i);
    }
  });
  tbb::enumerable_thread_specific<workspace<E>> spaces;
  in_parallel(buckets, 1, [&](int64_t first, int64_t last) {
    workspace<E>& space = spaces.local();
    for (int64_t b = first; b < last; ++b) {
      const int64_t begin = starts[static_cast<std::size_t>(b)], end = starts[static_cast<std::size_t>(b) + 1];
      sort_block(to + begin, space.other.reserve(end - begin), end - begin, space.counts);
      finish(begin, end);
    }
  });
}

/// Sorts the elements load(row, i) of each row and hands finish(row, sorted, first, last) every piece of it. Large rows are
/// sorted in `place`, rows x columns, where there is one.
template <class E, class Load, class Finish>
void sort_rows(int64_t rows, int64_t columns, E* place, const Load& load, const Finish& finish) {
  if (columns > 2 * bucket_elements) {
    const buffer<E> own(place == nullptr ? columns : 0);
    for (int64_t row = 0; row < rows; ++row) {
      E* sorted = place == nullptr ? own.get() : place + row * columns;
      sort_large<E>(
          columns, sorted, [load, row](int64_t i) { return load(row, i); },
          [&](int64_t first, int64_t last) { finish(row, sorted, first, last); });
    }
    return;
  }
  tbb::enumerable_thread_specific<workspace<E>> spaces;
  in_parallel(rows, std::max<int64_t>(1, 4096 / std::max<int64_t>(1, columns)), [&](int64_t first, int64_t last) {
    workspace<E>& space = spaces.local();
    E* sorted = space.other.reserve(2 * columns);
    for (int64_t row = first; row < last; ++row) {
      for (int64_t i = 0; i < columns; ++i) sorted[i] = load(row, i);
      sort_block(sorted, sorted + columns, columns, space.counts);
      finish(row, sorted, int64_t{0}, columns);
    }
  });
}

/// The first `count` indices of each row's stable order.
template <class T> void order_rows(const T* from, int64_t* to, int64_t rows, int64_t columns, int64_t count, bool descending) {
  const key_type<T> flip = flip_of<T>(descending);
  if (sizeof(key_type<T>) == 4 && columns <= int64_t{1} << 32)
    sort_rows<uint64_t>(
        rows, columns, nullptr,
        [=](int64_t row, int64_t i) {
          return static_cast<uint64_t>(to_tie_key<T>(from[row * columns + i], flip)) << 32 | static_cast<uint64_t>(i);
        },
        [=](int64_t row, const uint64_t* sorted, int64_t first, int64_t last) {
          for (int64_t i = first; i < std::min(last, count); ++i) to[row * count + i] = static_cast<uint32_t>(sorted[i]);
        });
  else
    sort_rows<keyed>(
        rows, columns, nullptr,
        [=](int64_t row, int64_t i) {
          return keyed{to_tie_key<T>(from[row * columns + i], flip), i};
        },
        [=](int64_t row, const keyed* sorted, int64_t first, int64_t last) {
          for (int64_t i = first; i < std::min(last, count); ++i) to[row * count + i] = sorted[i].index;
        });
}

template <class T> void sort_values(const T* from, void* to, int64_t rows, int64_t columns, bool descending) {
  using K = key_type<T>;
  const K flip = flip_of<T>(descending);
  // The keys of large rows stand where the result will.
  K* place = sizeof(K) == sizeof(T) && from != to ? static_cast<K*>(to) : nullptr;
  sort_rows<K>(
      rows, columns, place, [=](int64_t row, int64_t i) { return to_key<T>(from[row * columns + i], flip); },
      [=](int64_t row, const K* sorted, int64_t first, int64_t last) {
        T* result = static_cast<T*>(to) + row * columns;
        for (int64_t i = first; i < last; ++i) result[i] = from_key<T>(sorted[i], flip);
      });
}

// ---- selection ------------------------------------------------------------------------------------------------------------

template <class K> K key_at_rank(std::vector<K>& keys, int64_t rank) {
  std::nth_element(keys.begin(), keys.begin() + rank, keys.end());
  return keys[static_cast<std::size_t>(rank)];
}

/// The keys of ranks low and high, low <= high, of x[0, n), which holds no NaN.
template <class T> std::array<key_type<T>, 2> select(const T* x, int64_t n, int64_t low, int64_t high) {
  using K = key_type<T>;
  const auto directly = [&] {
    std::vector<K> keys(static_cast<std::size_t>(n));
    for (int64_t i = 0; i < n; ++i) keys[static_cast<std::size_t>(i)] = to_key<T>(x[i]);
    const K first = key_at_rank(keys, low);
    return std::array<K, 2>{first, high == low ? first : key_at_rank(keys, high)};
  };
  constexpr int64_t sample_size = 8192;
  if (n <= 4 * sample_size) return directly();
  std::vector<K> sample(sample_size);
  for (std::size_t i = 0; i < sample_size; ++i) sample[i] = to_key<T>(x[sampled(i, n)]);
  std::sort(sample.begin(), sample.end());
  // Bounds four standard deviations of the sample's ranks to both sides.
  const auto sample_rank = [&](int64_t rank, double sign) {
    const double share = static_cast<double>(rank) / static_cast<double>(n);
    return share * sample_size + sign * (4.0 * std::sqrt(share * (1.0 - share) * sample_size) + 2.0);
  };
  const double below = sample_rank(low, -1.0), above = sample_rank(high, 1.0);
  const K low_key = below < 0.0 ? K{0} : to_tie_key<T>(from_key<T>(sample[static_cast<std::size_t>(below)]));
  const K high_key =
      above >= sample_size - 1 ? highest_key<T> : to_tie_key<T>(from_key<T>(sample[static_cast<std::size_t>(above)]));
  const bool from_first = below < 0.0, to_last = above >= sample_size - 1;
  const T low_value = from_key<T>(low_key), high_value = from_key<T>(high_key);

  std::atomic<int64_t> smaller = 0;
  tbb::enumerable_thread_specific<std::vector<T>> found;
  in_parallel(n, 65536, [&](int64_t first, int64_t last) {
    constexpr int64_t block = 2048;
    T kept[block];
    std::vector<T>& mine = found.local();
    int64_t less = 0;
    for (int64_t i = first; i < last; i += block) {
      const int64_t end = std::min(last, i + block);
      int64_t count = 0;
      for (int64_t j = i; j < end; ++j) {
        const bool is_less = !from_first & (x[j] < low_value), is_more = !to_last & (x[j] > high_value);
        kept[count] = x[j];
        count += !is_less & !is_more;
        less += is_less;
      }
      mine.insert(mine.end(), kept, kept + count);
    }
    smaller += less;
  });
  std::vector<T> candidates;
  for (std::vector<T>& part : found) {
    candidates.insert(candidates.end(), part.begin(), part.end());
    part = {};
  }
  const int64_t size = static_cast<int64_t>(candidates.size()), shift = smaller;
  if (low < shift || high >= shift + size || size > n / 2) return directly(); // unlucky bounds, or many equal elements
  return select(candidates.data(), size, low - shift, high - shift);
}

template <class T> bool has_nan(const T* x, int64_t n) {
  if constexpr (!std::is_floating_point_v<T>) return false;
  std::atomic<bool> found = false;
  in_parallel(n, 65536, [&](int64_t first, int64_t last) {
    int nan = 0;
    for (int64_t i = first; i < last; ++i) nan |= is_nan(x[i]);
    if (nan) found = true;
  });
  return found;
}

template <class T>
void quantile_rows(const T* from, int64_t rows, int64_t columns, std::span<const quantile_point> points, quantile_rule rule,
                   quantile_type<T>* to) {
  const auto value = [&](key_type<T> low, key_type<T> high, const quantile_point& p) {
    return between<T>(from_key<T>(low), from_key<T>(high), p.weight, rule);
  };
  constexpr std::size_t many = 12;        // points from which sorting is faster
  if constexpr (!std::is_same_v<T, bool>) // two values: sorted at once
    if (points.size() <= many && columns > 4096) {
      for (int64_t row = 0; row < rows; ++row) {
        const T* x = from + row * columns;
        const bool nan = has_nan(x, columns);
        for (std::size_t p = 0; p < points.size(); ++p) {
          quantile_type<T>& result = to[static_cast<int64_t>(p) * rows + row];
          if (nan) {
            result = std::numeric_limits<quantile_type<T>>::quiet_NaN();
            continue;
          }
          const auto [low, high] = select(x, columns, points[p].low, points[p].high);
          result = value(low, high, points[p]);
        }
      }
      return;
    }
  using K = key_type<T>;
  const buffer<K> sorted_row(columns > 2 * bucket_elements ? columns : 0);
  const auto finish_row = [&](int64_t row, const K* sorted) {
    const bool nan = std::is_floating_point_v<T> && sorted[columns - 1] == highest_key<T>;
    for (std::size_t p = 0; p < points.size(); ++p)
      to[static_cast<int64_t>(p) * rows + row] = nan ? std::numeric_limits<quantile_type<T>>::quiet_NaN()
                                                     : value(sorted[points[p].low], sorted[points[p].high], points[p]);
  };
  if (columns > 2 * bucket_elements)
    for (int64_t row = 0; row < rows; ++row) {
      sort_large<K>(
          columns, sorted_row.get(), [=](int64_t i) { return to_key<T>(from[row * columns + i]); }, [](int64_t, int64_t) {});
      finish_row(row, sorted_row.get());
    }
  else
    sort_rows<K>(
        rows, columns, nullptr, [=](int64_t row, int64_t i) { return to_key<T>(from[row * columns + i]); },
        [&](int64_t row, const K* sorted, int64_t, int64_t) { finish_row(row, sorted); });
}

// ---- scans ----------------------------------------------------------------------------------------------------------------

template <class Sum, class Op> struct scanner {
  Op op;

  /// The total of at most scan_tile elements, in the shape of a tile.
  template <class Get> Sum tile_total(int64_t size, const Get& get) const {
    Sum total{};
    for (int64_t first = 0; first < size; first += scan_chunk) {
      const Sum chunk = chunk_total(first, std::min<int64_t>(size, first + scan_chunk), get);
      total = first == 0 ? chunk : op(total, chunk);
    }
    return total;
  }
  template <class Get> Sum chunk_total(int64_t first, int64_t last, const Get& get) const {
    Sum sum = get(first);
    for (int64_t i = first + 1; i < last; ++i) sum = op(sum, get(i));
    return sum;
  }

  /// The scan of a tile; `before` is the total of the tiles before it, null when there is none.
  template <class Get, class Put> void tile(int64_t size, const Sum* before, const Get& get, const Put& put) const {
    constexpr int64_t side = 4; // chunks worked on side by side, since each is a chain of dependent operations
    Sum chunks{};
    for (int64_t first = 0; first < size; first += side * scan_chunk) {
      Sum sums[side][scan_chunk];
      const int64_t whole = (std::min<int64_t>(size - first, side * scan_chunk)) / scan_chunk;
      const int64_t rest = std::min<int64_t>(size - first, side * scan_chunk) - whole * scan_chunk;
      if (whole == side) {
        for (int64_t c = 0; c < side; ++c) sums[c][0] = get(first + c * scan_chunk);
        for (int64_t i = 1; i < scan_chunk; ++i)
          for (int64_t c = 0; c < side; ++c) sums[c][i] = op(sums[c][i - 1], get(first + c * scan_chunk + i));
      } else {
        for (int64_t c = 0; c < whole + (rest > 0); ++c) {
          sums[c][0] = get(first + c * scan_chunk);
          for (int64_t i = 1; i < (c < whole ? scan_chunk : rest); ++i)
            sums[c][i] = op(sums[c][i - 1], get(first + c * scan_chunk + i));
        }
      }
      for (int64_t c = 0; c < whole + (rest > 0); ++c) {
        const int64_t begin = first + c * scan_chunk, count = c < whole ? scan_chunk : rest;
        const Sum total = sums[c][count - 1];
        if (begin == 0) {
          if (before == nullptr)
            for (int64_t i = 0; i < count; ++i) put(begin + i, sums[c][i]);
          else
            for (int64_t i = 0; i < count; ++i) put(begin + i, op(*before, sums[c][i]));
          chunks = total;
        } else {
          const Sum base = before == nullptr ? chunks : op(*before, chunks);
          for (int64_t i = 0; i < count; ++i) put(begin + i, op(base, sums[c][i]));
          chunks = op(chunks, total);
        }
      }
    }
  }

  void in_place(Sum* totals, int64_t size) const {
    row(
        size, [=](int64_t t) { return totals[t]; }, [=](int64_t t, const Sum& sum) { totals[t] = sum; });
  }
  template <class Get, class Put> void row(int64_t size, const Get& get, const Put& put) const {
    const int64_t tiles = (size + scan_tile - 1) / scan_tile;
    if (tiles == 1) return tile(size, nullptr, get, put);
    const buffer<Sum> totals(tiles);
    const auto each_tile = [&](auto&& work) {
      in_parallel(tiles, 16, [&](int64_t first, int64_t last) {
        for (int64_t t = first; t < last; ++t) work(t, t * scan_tile, std::min<int64_t>(scan_tile, size - t * scan_tile));
      });
    };
    each_tile([&](int64_t t, int64_t begin, int64_t count) {
      totals[t] = tile_total(count, [&](int64_t i) { return get(begin + i); });
    });
    in_place(totals.get(), tiles);
    each_tile([&](int64_t t, int64_t begin, int64_t count) {
      tile(
          count, t == 0 ? nullptr : &totals[t - 1], [&](int64_t i) { return get(begin + i); },
          [&](int64_t i, const Sum& sum) { put(begin + i, sum); });
    });
  }
};

template <class T, class Op> void scan_rows(const T* from, void* to, int64_t rows, int64_t columns) {
  using Sum = typename scan_types<T>::sum;
  using Result = typename scan_types<T>::result;
  Result* results = static_cast<Result*>(to);
  const scanner<Sum, Op> scan{};
  const auto one_row = [&](int64_t row) {
    const T* x = from + row * columns;
    Result* y = results + row * columns;
    scan.row(
        columns, [=](int64_t i) { return widen<Sum>(x[i]); }, [=](int64_t i, const Sum& s) { y[i] = narrow<Result>(s); });
  };
  in_parallel(rows, std::max<int64_t>(1, 8192 / std::max<int64_t>(1, columns)), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) one_row(row);
  });
}

// ---- the backend ----------------------------------------------------------------------------------------------------------

template <class F> void with_real_data(dtype type, const void* from, F&& f) {
  with_real(type, [&](auto t) { f(static_cast<const typename decltype(t)::type*>(from)); });
}

class order_on_cpu final : public order_kernels {
public:
  void sort(dtype type, const void* from, void* to, int64_t rows, int64_t columns, bool descending, void*) override {
    with_real_data(type, from, [&]<class T>(const T* x) { sort_values(x, to, rows, columns, descending); });
  }

  void argsort(dtype type, const void* from, int64_t* to, int64_t rows, int64_t columns, bool descending, void*) override {
    with_real_data(type, from, [&](const auto* x) { order_rows(x, to, rows, columns, columns, descending); });
  }

  void top(dtype type, const void* from, int64_t* to, int64_t rows, int64_t columns, int64_t count, bool largest,
           void*) override {
    with_real_data(type, from, [&]<class T>(const T* x) { top_rows(x, to, rows, columns, count, largest); });
  }

  void gather(dtype type, const void* from, const int64_t* indices, void* to, int64_t rows, int64_t columns, int64_t count,
              void*) override {
    with_real_data(type, from, [&]<class T>(const T* x) {
      in_parallel(rows * count, 16384, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) static_cast<T*>(to)[i] = x[i / count * columns + indices[i]];
      });
    });
  }

  int64_t unique(dtype type, const void* from, int64_t size, void* values, int64_t* counts, int64_t* inverse, void*) override {
    int64_t found = 0;
    with_real_data(type, from, [&]<class T>(const T* x) {
      using K = key_type<T>;
      T* value = static_cast<T*>(values);
      const buffer<K> keys(size);
      const buffer<int64_t> order(inverse ? size : 0);
      if (inverse != nullptr) {
        order_rows(x, order.get(), 1, size, size, false);
        in_parallel(size, 16384, [&](int64_t first, int64_t last) {
          for (int64_t i = first; i < last; ++i) keys[i] = to_tie_key<T>(x[order[i]]);
        });
      } else {
        sort_rows<K>(
            1, size, keys.get(), [=](int64_t, int64_t i) { return to_tie_key<T>(x[i]); },
            [&](int64_t, const K* sorted, int64_t first, int64_t last) {
              std::copy(sorted + first, sorted + last, keys.get() + first);
            });
      }
      for (int64_t i = 0, start = 0; i < size; ++i) {
        if (i == 0 || keys[i] != keys[i - 1]) {
          value[found++] = from_key<T>(keys[i]);
          start = i;
        }
        if (counts != nullptr) counts[found - 1] = i - start + 1;
        if (inverse != nullptr) inverse[order[i]] = found - 1;
      }
    });
    return found;
  }

  void search(dtype type, const void* sorted, int64_t size, const void* values, int64_t count, bool right, int64_t* to,
              void*) override {
    with_real_data(type, sorted, [&]<class T>(const T* row) {
      const T* value = static_cast<const T*>(values);
      in_parallel(count, 1024, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) to[i] = place_of<T>(value[i], row, size, right);
      });
    });
  }

  void quantile(dtype type, const void* from, int64_t rows, int64_t columns, std::span<const quantile_point> points,
                quantile_rule rule, void* to, void*) override {
    with_real_data(type, from, [&]<class T>(const T* x) {
      quantile_rows(x, rows, columns, points, rule, static_cast<quantile_type<T>*>(to));
    });
  }

  std::array<double, 2> extremes(dtype type, const void* from, int64_t size, void*) override {
    std::array<double, 2> result{};
    with_real_data(type, from, [&]<class T>(const T* x) {
      using pair = std::array<key_type<T>, 2>;
      tbb::enumerable_thread_specific<pair> parts(pair{highest_key<T>, 0});
      in_parallel(size, 65536, [&](int64_t first, int64_t last) {
        auto [low, high] = parts.local();
        for (int64_t i = first; i < last; ++i) {
          const key_type<T> key = to_key<T>(x[i]);
          low = std::min(low, key);
          high = std::max(high, key);
        }
        parts.local() = {low, high};
      });
      const pair all = parts.combine([](const pair& a, const pair& b) {
        return pair{std::min(a[0], b[0]), std::max(a[1], b[1])};
      });
      const double high = static_cast<double>(from_key<T>(all[1]));
      result = {is_nan(high) ? high : static_cast<double>(from_key<T>(all[0])), high};
    });
    return result;
  }

  void histogram(dtype type, const void* from, int64_t size, const double* edges, int64_t bins, bool uniform, int64_t* counts,
                 void*) override {
    std::fill(counts, counts + bins, 0);
    with_real_data(type, from, [&](const auto* x) {
      tbb::enumerable_thread_specific<std::vector<int64_t>> parts(static_cast<std::size_t>(bins));
      in_parallel(size, std::max<int64_t>(32768, bins), [&](int64_t first, int64_t last) {
        std::vector<int64_t>& count = parts.local();
        for (int64_t i = first; i < last; ++i) {
          const int64_t bin = bin_of(static_cast<double>(x[i]), edges, bins, uniform);
          if (bin >= 0) ++count[static_cast<std::size_t>(bin)];
        }
      });
      for (const std::vector<int64_t>& part : parts)
        for (int64_t b = 0; b < bins; ++b) counts[b] += part[static_cast<std::size_t>(b)];
    });
  }

  void scan(bool product, dtype type, const void* from, void* to, int64_t rows, int64_t columns, void*) override {
    if (rows == 0 || columns == 0) return;
    const auto run = [&]<class T>(const T* x) {
      if (product) scan_rows<T, scan_product>(x, to, rows, columns);
      else scan_rows<T, scan_sum>(x, to, rows, columns);
    };
    if (type == dtype::complex64) run(static_cast<const complex_pair<float>*>(from));
    else if (type == dtype::complex128) run(static_cast<const complex_pair<double>*>(from));
    else with_real_data(type, from, run);
  }

private:
  template <class T>
  static void top_rows(const T* from, int64_t* to, int64_t rows, int64_t columns, int64_t count, bool largest) {
    using K = key_type<T>;
    const K flip = flip_of<T>(largest);
    if (count == 0) return;
    if (columns < 4096 || count > columns / 8) return order_rows(from, to, rows, columns, count, largest);
    // A key that at least `count` elements do not exceed: the last rank wanted, among keys as plain integers, which have no
    // NaN.
    in_parallel(rows, 1, [&](int64_t first_row, int64_t last_row) {
      std::vector<K> keys(static_cast<std::size_t>(columns));
      for (int64_t row = first_row; row < last_row; ++row) {
        const T* x = from + row * columns;
        in_parallel(columns, 65536, [&](int64_t first, int64_t last) {
          for (int64_t i = first; i < last; ++i) keys[static_cast<std::size_t>(i)] = to_tie_key<T>(x[i], flip);
        });
        const K bound = select(keys.data(), columns, count - 1, count - 1)[0];
        std::vector<keyed> kept;
        int64_t equal = 0; // of the elements that equal the bound, the first `count` are enough
        for (int64_t i = 0; i < columns; ++i) {
          const K key = keys[static_cast<std::size_t>(i)];
          if (key < bound || (key == bound && equal++ < count)) kept.push_back({key, i});
        }
        std::sort(kept.begin(), kept.end(),
                  [](const keyed& a, const keyed& b) { return a.key != b.key ? a.key < b.key : a.index < b.index; });
        for (int64_t i = 0; i < count; ++i) to[row * count + i] = kept[static_cast<std::size_t>(i)].index;
      }
    });
  }
};

} // namespace

order_kernels& cpu_order() {
  static order_on_cpu only;
  return only;
}

order_kernels& order_of(backend& owner) {
  for (backend* gpu : cuda_backends())
    if (gpu == &owner) return cuda_order(owner);
  return cpu_order();
}

} // namespace dojima::kernels
