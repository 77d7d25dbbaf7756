// Order and scans on the GPU: CUB's radix sort on unsigned keys, a sort in shared memory for short rows, radix selection for
// quantiles (digits of 11 bits from the top; once few elements are left, they are kept in a list), scans of fixed shape.
// Intermediate memory comes from the stream's pool; nothing waits for the host but unique and extremes.
#include <cub/device/device_radix_sort.cuh>

#include <algorithm>
#include <vector>

#include "kernels/cuda/library_calls.hpp"
#include "kernels/order_cells.hpp"

namespace dojima::kernels {
namespace {

using std::int64_t;
using std::uint32_t;
using std::uint64_t;

constexpr unsigned everyone = 0xffffffffu; // lanes of a warp

constexpr int threads = 256;

unsigned blocks_for(int64_t items) {
  return static_cast<unsigned>(std::clamp<int64_t>((items + threads - 1) / threads, 1, 1 << 20));
}

/// The index of this thread among all, and their number: each kernel below walks over its items in these steps.
__device__ int64_t first_item() { return int64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ int64_t item_step() { return int64_t{gridDim.x} * blockDim.x; }

__device__ void add(int64_t* to, int64_t x) {
  atomicAdd(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(x));
}

// ---- keys in and out ------------------------------------------------------------------------------------------------------

template <class T> __device__ key_type<T> key_with(T x, key_type<T> flip, bool ties) {
  return ties ? to_tie_key<T>(x, flip) : to_key<T>(x, flip);
}

template <class T> __global__ void write_keys(const T* from, key_type<T>* to, int64_t size, key_type<T> flip, bool ties) {
  for (int64_t i = first_item(); i < size; i += item_step()) to[i] = key_with<T>(from[i], flip, ties);
}

template <class T> __global__ void read_keys(const key_type<T>* from, T* to, int64_t size, key_type<T> flip) {
  for (int64_t i = first_item(); i < size; i += item_step()) to[i] = from_key<T>(from[i], flip);
}

/// Keys of several rows in one word each: row above, key below.
template <class T> __global__ void write_row_keys(const T* from, uint64_t* to, int64_t size, int64_t columns, uint32_t flip) {
  for (int64_t i = first_item(); i < size; i += item_step())
    to[i] = static_cast<uint64_t>(i / columns) << 32 | to_key<T>(from[i], flip);
}

template <class T> __global__ void read_row_keys(const uint64_t* from, T* to, int64_t size, uint32_t flip) {
  for (int64_t i = first_item(); i < size; i += item_step()) to[i] = from_key<T>(static_cast<uint32_t>(from[i]), flip);
}

/// Key above, index below.
template <class T> __global__ void write_indexed_keys(const T* from, uint64_t* to, int64_t size, uint32_t flip) {
  for (int64_t i = first_item(); i < size; i += item_step())
    to[i] = static_cast<uint64_t>(to_tie_key<T>(from[i], flip)) << 32 | static_cast<uint32_t>(i);
}

template <class T>
__global__ void write_keys_and_indices(const T* from, uint64_t* keys, uint32_t* indices, int64_t size, uint64_t flip) {
  for (int64_t i = first_item(); i < size; i += item_step()) {
    keys[i] = to_tie_key<T>(from[i], flip);
    indices[i] = static_cast<uint32_t>(i);
  }
}

/// Row of each index above, the index below; the index's type may be a word whose upper half is to be forgotten.
template <class Index> __global__ void write_rows(const Index* from, uint64_t* to, int64_t size, int64_t columns) {
  for (int64_t i = first_item(); i < size; i += item_step()) {
    const uint32_t index = static_cast<uint32_t>(from[i]);
    to[i] = static_cast<uint64_t>(index / columns) << 32 | index;
  }
}

template <class Index> __global__ void read_indices(const Index* from, int64_t* to, int64_t size, int64_t columns) {
  for (int64_t i = first_item(); i < size; i += item_step()) to[i] = static_cast<uint32_t>(from[i]) - i / columns * columns;
}

template <class T>
__global__ void gather_rows(const T* from, const int64_t* indices, T* to, int64_t rows, int64_t columns, int64_t count) {
  for (int64_t i = first_item(); i < rows * count; i += item_step()) to[i] = from[i / count * columns + indices[i]];
}

__global__ void take_columns(const int64_t* from, int64_t* to, int64_t rows, int64_t columns, int64_t count) {
  for (int64_t i = first_item(); i < rows * count; i += item_step()) to[i] = from[i / count * columns + i % count];
}

// ---- short rows: one block sorts one row in shared memory (Batcher 1968)
// -----------------------------------------------------

constexpr int64_t short_row = 2048;

/// Values or indices (the one that is not null) of the sorted row. Index and key together are all different, so the order is
/// the stable one.
template <class T>
__global__ void sort_short_rows(const T* from, T* values, int64_t* indices, int64_t rows, int columns, int width,
                                key_type<T> flip) {
  __shared__ key_type<T> keys[short_row];
  __shared__ std::uint16_t places[short_row];
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    for (int i = threadIdx.x; i < width; i += blockDim.x) {
      keys[i] = i < columns ? key_with<T>(from[row * columns + i], flip, indices != nullptr) : highest_key<T>;
      places[i] = static_cast<std::uint16_t>(i);
    }
    __syncthreads();
    for (int run = 2; run <= width; run *= 2) {
      for (int distance = run / 2; distance > 0; distance /= 2) {
        for (int pair = threadIdx.x; pair < width / 2; pair += blockDim.x) {
          const int a = 2 * pair - (pair & (distance - 1)), b = a + distance;
          const bool upward = (a & run) == 0;
          const bool ordered = keys[a] < keys[b] || (keys[a] == keys[b] && places[a] < places[b]);
          if (ordered != upward) {
            const key_type<T> key = keys[a];
            keys[a] = keys[b];
            keys[b] = key;
            const std::uint16_t place = places[a];
            places[a] = places[b];
            places[b] = place;
          }
        }
        __syncthreads();
      }
    }
    for (int i = threadIdx.x; i < columns; i += blockDim.x) {
      if (indices != nullptr) indices[row * columns + i] = places[i];
      else values[row * columns + i] = from_key<T>(keys[i], flip);
    }
    __syncthreads();
  }
}

// ---- selection ------------------------------------------------------------------------------------------------------------

constexpr int digit_bits = 11, digits = 1 << digit_bits;
constexpr int most_ranks = 8; ///< looked for in one go

struct rank_list {
  int count;
  int64_t rank[most_ranks];
};

/// What is known of one row. Ranks that share the digits found so far form a group and share a histogram.
struct selection {
  uint64_t prefix[most_ranks];   ///< of each group: the digits found
  int64_t remaining[most_ranks]; ///< of each rank: its rank within its group
  int group[most_ranks];         ///< of each rank
  int groups;
  bool collect; ///< the next pass lists the elements of the groups
  bool listed;  ///< they are listed: read the list, not the row
  int has_nan;
  unsigned long long listed_size;
};

struct digit_place {
  int shift, bits;
  __host__ __device__ digit_place(int key_width, int pass) {
    const int above = key_width - digit_bits * pass;
    bits = above < digit_bits ? above : digit_bits;
    shift = above - bits;
  }
};
constexpr int passes_of(int key_width) { return (key_width + digit_bits - 1) / digit_bits; }

__global__ void start_selection(selection* states, int64_t* histograms, rank_list ranks) {
  selection& s = states[blockIdx.x];
  int64_t* histogram = histograms + int64_t{blockIdx.x} * most_ranks * digits;
  for (int i = threadIdx.x; i < most_ranks * digits; i += blockDim.x) histogram[i] = 0;
  if (threadIdx.x != 0) return;
  s = {};
  s.groups = 1;
  for (int r = 0; r < ranks.count; ++r) s.remaining[r] = ranks.rank[r];
}

constexpr int select_threads = 512;

/// Counts the next digit of the elements of each group. `slots` histograms stand in shared memory, several for a group where
/// there is room, so that equal digits in a warp collide less.
template <class T>
__global__ void __launch_bounds__(select_threads)
    count_digits(const T* rows, int64_t columns, selection* states, int64_t* histograms, key_type<T>* lists, int64_t list_room,
                 int pass, int slots, key_type<T> flip, bool ties) {
  using K = key_type<T>;
  extern __shared__ uint32_t counts[];
  selection& state = states[blockIdx.y];
  __shared__ uint64_t prefix[most_ranks];
  const int groups = state.groups;
  const bool listed = state.listed, collect = state.collect;
  if (threadIdx.x < most_ranks) prefix[threadIdx.x] = state.prefix[threadIdx.x];
  for (int i = threadIdx.x; i < slots * digits; i += blockDim.x) counts[i] = 0;
  __syncthreads();
  int copies = slots;
  while (copies * groups > slots) copies /= 2;
  const int copy = threadIdx.x & (copies - 1);

  const digit_place place(8 * static_cast<int>(sizeof(K)), pass);
  const T* row = rows + int64_t{blockIdx.y} * columns;
  K* list = lists + int64_t{blockIdx.y} * list_room;
  const int64_t size = listed ? static_cast<int64_t>(state.listed_size) : columns;
  const K mask = (K{1} << place.bits) - 1;
  constexpr int unroll = 4;
  const int64_t step = int64_t{gridDim.x} * select_threads * unroll;
  bool nan = false;
  for (int64_t base = int64_t{blockIdx.x} * select_threads * unroll; base < size; base += step) {
    K keys[unroll];
    bool valid[unroll];
#pragma unroll
    for (int u = 0; u < unroll; ++u) {
      const int64_t i = base + u * select_threads + threadIdx.x;
      valid[u] = i < size;
      keys[u] = !valid[u] ? K{0} : listed ? list[i] : key_with<T>(row[i], flip, ties);
    }
#pragma unroll
    for (int u = 0; u < unroll; ++u) {
      int group = -1;
      if (pass == 0) {
        group = valid[u] ? 0 : -1;
        nan |= valid[u] && keys[u] == highest_key<T>;
      } else if (valid[u]) {
        const uint64_t above = static_cast<uint64_t>(keys[u]) >> (place.shift + place.bits);
        for (int g = 0; g < groups; ++g)
          if (prefix[g] == above) group = g;
      }
      if (group >= 0) {
        const int digit = static_cast<int>((keys[u] >> place.shift) & mask);
        atomicAdd(&counts[(group * digits + digit) * copies + copy], 1u);
      }
      if (collect) { // the same for all threads
        const unsigned found = __ballot_sync(everyone, group >= 0);
        if (found != 0) {
          const int lane = threadIdx.x & 31, leader = __ffs(static_cast<int>(found)) - 1;
          unsigned long long start = 0;
          if (lane == leader) start = atomicAdd(&state.listed_size, static_cast<unsigned long long>(__popc(found)));
          start = __shfl_sync(everyone, start, leader);
          if (group >= 0) list[start + __popc(found & ((1u << lane) - 1u))] = keys[u];
        }
      }
    }
  }
  if (nan) atomicOr(&state.has_nan, 1);
  __syncthreads();
  int64_t* histogram = histograms + int64_t{blockIdx.y} * most_ranks * digits;
  for (int i = threadIdx.x; i < groups * digits; i += blockDim.x) {
    uint32_t sum = 0;
    for (int c = 0; c < copies; ++c) sum += counts[i * copies + c];
    if (sum != 0) add(histogram + i, sum);
  }
}

/// Finds the digit of each rank and forms the next groups; clears the histograms. One block of `threads` for each row.
__global__ void choose_digits(selection* states, int64_t* histograms, rank_list ranks, int key_width, int pass,
                              int64_t list_room) {
  selection& s = states[blockIdx.x];
  int64_t* histogram = histograms + int64_t{blockIdx.x} * most_ranks * digits;
  constexpr int share = digits / threads;
  __shared__ int64_t sums[threads];
  __shared__ uint64_t prefix[most_ranks];
  __shared__ int64_t sizes[most_ranks];
  for (int r = 0; r < ranks.count; ++r) {
    const int64_t* counts = histogram + s.group[r] * digits + threadIdx.x * share;
    int64_t own = 0;
    for (int i = 0; i < share; ++i) own += counts[i];
    sums[threadIdx.x] = own;
    __syncthreads();
    for (int distance = 1; distance < threads; distance *= 2) {
      const int64_t before = threadIdx.x >= distance ? sums[threadIdx.x - distance] : 0;
      __syncthreads();
      sums[threadIdx.x] += before;
      __syncthreads();
    }
    int64_t below = sums[threadIdx.x] - own;
    const int64_t rank = s.remaining[r];
    __syncthreads(); // all have read the rank
    if (rank >= below && rank < below + own) {
      int i = 0;
      while (rank >= below + counts[i]) below += counts[i++];
      const digit_place place(key_width, pass);
      prefix[r] = s.prefix[s.group[r]] << place.bits | static_cast<uint64_t>(threadIdx.x * share + i);
      sizes[r] = counts[i];
      s.remaining[r] = rank - below;
    }
    __syncthreads();
  }
  for (int i = threadIdx.x; i < most_ranks * digits; i += blockDim.x) histogram[i] = 0;
  if (threadIdx.x != 0) return;
  int groups = 0;
  int64_t elements = 0;
  for (int r = 0; r < ranks.count; ++r) {
    int g = 0;
    while (g < groups && s.prefix[g] != prefix[r]) ++g;
    if (g == groups) {
      s.prefix[groups++] = prefix[r];
      elements += sizes[r];
    }
    s.group[r] = g;
  }
  s.groups = groups;
  s.listed = s.listed || s.collect;
  s.collect = !s.listed && elements <= list_room;
}

struct point_list {
  int count;
  quantile_rule rule;
  quantile_point point[64];
};

/// to[point][row] of selected ranks: those of point p stand at 2 p and 2 p + 1.
template <class T>
__global__ void read_selection(const selection* states, point_list points, quantile_type<T>* to, int64_t rows,
                               int64_t total_rows) {
  for (int64_t i = first_item(); i < rows * points.count; i += item_step()) {
    const int64_t row = i % rows, p = i / rows;
    const selection& s = states[row];
    const T low = from_key<T>(static_cast<key_type<T>>(s.prefix[s.group[2 * p]]));
    const T high = from_key<T>(static_cast<key_type<T>>(s.prefix[s.group[2 * p + 1]]));
    const bool nan = std::is_floating_point_v<T> && s.has_nan != 0;
    to[p * total_rows + row] =
        nan ? std::numeric_limits<quantile_type<T>>::quiet_NaN() : between<T>(low, high, points.point[p].weight, points.rule);
  }
}

template <class T>
__global__ void read_sorted(const T* sorted, point_list points, quantile_type<T>* to, int64_t rows, int64_t columns) {
  for (int64_t i = first_item(); i < rows * points.count; i += item_step()) {
    const int64_t row = i % rows, p = i / rows;
    const T* x = sorted + row * columns;
    to[i] = is_nan(x[columns - 1])
                ? std::numeric_limits<quantile_type<T>>::quiet_NaN()
                : between<T>(x[points.point[p].low], x[points.point[p].high], points.point[p].weight, points.rule);
  }
}

// ---- top: keys below the selected one, and as many equal to it as are wanted, in the order of their indices
// ---------------------

constexpr int64_t top_piece = 8192; ///< elements of one block

struct below_and_equal {
  int64_t below, equal;
};

__device__ below_and_equal block_sum(below_and_equal x, below_and_equal* shared) {
  for (int distance = 16; distance > 0; distance /= 2) {
    x.below += __shfl_down_sync(everyone, x.below, distance);
    x.equal += __shfl_down_sync(everyone, x.equal, distance);
  }
  if ((threadIdx.x & 31) == 0) shared[threadIdx.x / 32] = x;
  __syncthreads();
  below_and_equal sum{0, 0};
  for (int w = 0; w < threads / 32; ++w) {
    sum.below += shared[w].below;
    sum.equal += shared[w].equal;
  }
  return sum;
}

template <class T>
__global__ void count_top(const T* rows, int64_t columns, const selection* states, int64_t* below, int64_t* equal,
                          key_type<T> flip) {
  __shared__ below_and_equal shared[threads / 32];
  const T* row = rows + blockIdx.y * columns;
  const key_type<T> bound = static_cast<key_type<T>>(states[blockIdx.y].prefix[0]);
  const int64_t first = blockIdx.x * top_piece, last = ::min(columns, first + top_piece);
  below_and_equal mine{0, 0};
  for (int64_t i = first + threadIdx.x; i < last; i += threads) {
    const key_type<T> key = to_tie_key<T>(row[i], flip);
    mine.below += key < bound;
    mine.equal += key == bound;
  }
  const below_and_equal sum = block_sum(mine, shared);
  if (threadIdx.x != 0) return;
  below[int64_t{blockIdx.y} * gridDim.x + blockIdx.x] = sum.below;
  equal[int64_t{blockIdx.y} * gridDim.x + blockIdx.x] = sum.equal;
}

/// A key as a number of a type that has an order: uint32 or int64.
__device__ uint32_t as_number(uint32_t key) { return key; }
__device__ int64_t as_number(uint64_t key) { return static_cast<int64_t>(key ^ (uint64_t{1} << 63)); }

/// `below` and `equal` are running totals over the pieces of a row.
template <class T, class Number>
__global__ void write_top(const T* rows, int64_t columns, const selection* states, const int64_t* below, const int64_t* equal,
                          key_type<T> flip, Number* keys, int64_t* indices, int64_t count) {
  __shared__ int warp_below[threads / 32], warp_equal[threads / 32];
  const T* row = rows + blockIdx.y * columns;
  const key_type<T> bound = static_cast<key_type<T>>(states[blockIdx.y].prefix[0]);
  const int64_t piece = int64_t{blockIdx.y} * gridDim.x + blockIdx.x;
  const int64_t all_below = below[int64_t{blockIdx.y} * gridDim.x + gridDim.x - 1];
  int64_t next_below = blockIdx.x == 0 ? 0 : below[piece - 1];
  int64_t next_equal = all_below + (blockIdx.x == 0 ? 0 : equal[piece - 1]);
  const int64_t first = blockIdx.x * top_piece, last = ::min(columns, first + top_piece);
  const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
  const unsigned before = (1u << lane) - 1u;
  for (int64_t base = first; base < last; base += threads) {
    const int64_t i = base + threadIdx.x;
    const key_type<T> key = i < last ? to_tie_key<T>(row[i], flip) : key_type<T>{0};
    const bool is_below = i < last && key < bound, is_equal = i < last && key == bound;
    const unsigned below_mask = __ballot_sync(everyone, is_below), equal_mask = __ballot_sync(everyone, is_equal);
    if (lane == 0) {
      warp_below[warp] = __popc(below_mask);
      warp_equal[warp] = __popc(equal_mask);
    }
    __syncthreads();
    int64_t my_below = next_below + __popc(below_mask & before), my_equal = next_equal + __popc(equal_mask & before);
    for (int w = 0; w < threads / 32; ++w) {
      if (w < warp) {
        my_below += warp_below[w];
        my_equal += warp_equal[w];
      }
      next_below += warp_below[w];
      next_equal += warp_equal[w];
    }
    const int64_t to = is_below ? my_below : my_equal;
    if ((is_below || is_equal) && to < count) {
      keys[blockIdx.y * count + to] = as_number(key);
      indices[blockIdx.y * count + to] = i;
    }
    __syncthreads();
  }
}

// ---- unique, search, histogram, extremes ----------------------------------------------------------------------------------

template <class T> __global__ void write_ordered_keys(const T* from, const int64_t* order, key_type<T>* to, int64_t size) {
  for (int64_t i = first_item(); i < size; i += item_step()) to[i] = to_tie_key<T>(from[order[i]]);
}

template <class K> __global__ void mark_heads(const K* keys, bool* heads, int64_t size) {
  for (int64_t i = first_item(); i < size; i += item_step()) heads[i] = i == 0 || keys[i] != keys[i - 1];
}

template <class T>
__global__ void write_unique(const key_type<T>* keys, const int64_t* places, const int64_t* order, T* values, int64_t* starts,
                             int64_t* inverse, int64_t size) {
  for (int64_t i = first_item(); i < size; i += item_step()) {
    const int64_t place = places[i] - 1;
    if (i == 0 || places[i - 1] - 1 != place) {
      values[place] = from_key<T>(keys[i]);
      if (starts != nullptr) starts[place] = i;
    }
    if (inverse != nullptr) inverse[order[i]] = place;
  }
}

__global__ void write_counts(const int64_t* starts, int64_t* counts, int64_t found, int64_t size) {
  for (int64_t i = first_item(); i < found; i += item_step()) counts[i] = (i + 1 < found ? starts[i + 1] : size) - starts[i];
}

template <class T>
__global__ void search_places(const T* sorted, int64_t size, const T* values, int64_t count, bool right, int64_t* to) {
  for (int64_t i = first_item(); i < count; i += item_step()) to[i] = place_of<T>(values[i], sorted, size, right);
}

constexpr int64_t shared_bins = 8192;

template <class T>
__global__ void count_bins(const T* from, int64_t size, const double* edges, int64_t bins, bool uniform, int64_t* counts) {
  extern __shared__ uint32_t own[]; // used up to shared_bins
  const bool shared = bins <= shared_bins;
  if (shared)
    for (int64_t b = threadIdx.x; b < bins; b += blockDim.x) own[b] = 0;
  __syncthreads();
  for (int64_t i = first_item(); i < size; i += item_step()) {
    const int64_t bin = bin_of(static_cast<double>(from[i]), edges, bins, uniform);
    if (bin < 0) continue;
    if (shared) atomicAdd(&own[bin], 1u);
    else add(counts + bin, 1);
  }
  __syncthreads();
  if (shared)
    for (int64_t b = threadIdx.x; b < bins; b += blockDim.x)
      if (own[b] != 0) add(counts + b, own[b]);
}

/// to[0] takes the smallest key, to[1] the largest. (::min, because the library's own, of doubles, would round the keys.)
template <class T> __global__ void find_extremes(const T* from, int64_t size, unsigned long long* to) {
  unsigned long long low = ~0ull, high = 0;
  for (int64_t i = first_item(); i < size; i += item_step()) {
    const unsigned long long key = to_key<T>(from[i]);
    low = ::min(low, key);
    high = ::max(high, key);
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    low = ::min(low, __shfl_down_sync(everyone, low, distance));
    high = ::max(high, __shfl_down_sync(everyone, high, distance));
  }
  if ((threadIdx.x & 31) == 0) {
    atomicMin(to, low);
    atomicMax(to + 1, high);
  }
}

// ---- scans: a warp for each tile, a lane for each chunk
// -----------------------------------------------------------------------

__device__ std::int64_t from_lane(std::int64_t x, int lane) { return __shfl_sync(everyone, static_cast<long long>(x), lane); }
__device__ double from_lane(double x, int lane) { return __shfl_sync(everyone, x, lane); }
__device__ complex_pair<double> from_lane(complex_pair<double> x, int lane) {
  return {__shfl_sync(everyone, x.re, lane), __shfl_sync(everyone, x.im, lane)};
}

template <class Sum> inline constexpr int scan_warps = sizeof(Sum) == 16 ? 2 : 4; ///< of a block; 34 KiB of shared memory

/// totals[row][tile] when `totals_only`, otherwise the scan, where `totals` are the running totals of the tiles.
template <class T, class Op, bool totals_only>
__global__ void __launch_bounds__(32 * scan_warps<typename scan_types<T>::sum>)
    scan_tiles(const T* from, typename scan_types<T>::result* to, typename scan_types<T>::sum* totals, int64_t rows,
               int64_t columns, int64_t tiles) {
  using Sum = typename scan_types<T>::sum;
  using Result = typename scan_types<T>::result;
  constexpr int warps = scan_warps<Sum>, pitch = scan_chunk + 1;
  __shared__ Sum shared[warps][scan_chunk * pitch];
  const int lane = threadIdx.x & 31;
  Sum* mine = shared[threadIdx.x / 32];
  const Op op{};
  for (int64_t t = int64_t{blockIdx.x} * warps + threadIdx.x / 32; t < rows * tiles; t += int64_t{gridDim.x} * warps) {
    const int64_t tile = t % tiles, begin = t / tiles * columns + tile * scan_tile;
    const int size = static_cast<int>(::min(int64_t{scan_tile}, columns - tile * scan_tile));
    for (int i = 0; i * 32 < size; ++i)
      if (i * 32 + lane < size) mine[i * pitch + lane] = widen<Sum>(from[begin + i * 32 + lane]);
    __syncwarp();
    const int length = ::max(0, ::min(scan_chunk, size - lane * scan_chunk)), chunks = (size + scan_chunk - 1) / scan_chunk;
    Sum* chunk = mine + lane * pitch;
    Sum sum{};
    if (length > 0) sum = chunk[0];
    for (int i = 1; i < length; ++i) chunk[i] = sum = op(sum, chunk[i]);
    Sum before{}, running = from_lane(sum, 0);
    for (int c = 1; c < chunks; ++c) {
      if (lane == c) before = running;
      running = op(running, from_lane(sum, c));
    }
    if constexpr (totals_only) {
      if (lane == 0) totals[t] = running;
    } else {
      if (lane > 0 || tile > 0) {
        const Sum base = tile == 0 ? before : lane == 0 ? totals[t - 1] : op(totals[t - 1], before);
        for (int i = 0; i < length; ++i) chunk[i] = op(base, chunk[i]);
      }
      __syncwarp();
      for (int i = 0; i * 32 < size; ++i)
        if (i * 32 + lane < size) to[begin + i * 32 + lane] = narrow<Result>(mine[i * pitch + lane]);
    }
    __syncwarp();
  }
}

/// Rows of one chunk: a thread for each.
template <class T, class Op>
__global__ void scan_short_rows(const T* from, typename scan_types<T>::result* to, int64_t rows, int64_t columns) {
  using Sum = typename scan_types<T>::sum;
  using Result = typename scan_types<T>::result;
  const Op op{};
  for (int64_t row = first_item(); row < rows; row += item_step()) {
    Sum sum = widen<Sum>(from[row * columns]);
    to[row * columns] = narrow<Result>(sum);
    for (int64_t i = row * columns + 1; i < (row + 1) * columns; ++i)
      to[i] = narrow<Result>(sum = op(sum, widen<Sum>(from[i])));
  }
}

// ---- the backend ----------------------------------------------------------------------------------------------------------

int bits_for(int64_t count) {
  int bits = 0;
  while (bits < 32 && (int64_t{1} << bits) < count) ++bits;
  return bits;
}

template <class F> void with_real_data(dtype type, const void* from, F&& f) {
  with_real(type, [&](auto t) { f(static_cast<const typename decltype(t)::type*>(from)); });
}

class order_on_gpu final : public order_kernels {
public:
  explicit order_on_gpu(backend& memory) : memory_(memory) {}
  bool serves(const backend& owner) const { return &memory_ == &owner; }

  void sort(dtype type, const void* from, void* to, int64_t rows, int64_t columns, bool descending, void* stream) override {
    if (rows == 0 || columns == 0) return;
    const cudaStream_t on = use_device_of(stream);
    with_real_data(type, from, [&]<class T>(const T* x) { sort_rows(x, static_cast<T*>(to), rows, columns, descending, on); });
    check_cuda(cudaGetLastError(), "sort");
  }

  void argsort(dtype type, const void* from, int64_t* to, int64_t rows, int64_t columns, bool descending,
               void* stream) override {
    if (rows == 0 || columns == 0) return;
    const cudaStream_t on = use_device_of(stream);
    with_real_data(type, from, [&](const auto* x) { order_rows(x, to, rows, columns, descending, on); });
    check_cuda(cudaGetLastError(), "argsort");
  }

  void top(dtype type, const void* from, int64_t* to, int64_t rows, int64_t columns, int64_t count, bool largest,
           void* stream) override {
    if (rows == 0 || count == 0) return;
    const cudaStream_t on = use_device_of(stream);
    with_real_data(type, from, [&](const auto* x) { top_rows(x, to, rows, columns, count, largest, on); });
    check_cuda(cudaGetLastError(), "topk");
  }

  void gather(dtype type, const void* from, const int64_t* indices, void* to, int64_t rows, int64_t columns, int64_t count,
              void* stream) override {
    if (rows * count == 0) return;
    const cudaStream_t on = use_device_of(stream);
    with_real_data(type, from, [&]<class T>(const T* x) {
      gather_rows<<<blocks_for(rows * count), threads, 0, on>>>(x, indices, static_cast<T*>(to), rows, columns, count);
    });
    check_cuda(cudaGetLastError(), "gather");
  }

  int64_t unique(dtype type, const void* from, int64_t size, void* values, int64_t* counts, int64_t* inverse,
                 void* stream) override {
    if (size == 0) return 0;
    const cudaStream_t on = use_device_of(stream);
    int64_t found = 0;
    with_real_data(type, from,
                   [&]<class T>(const T* x) { found = unique_values(x, size, static_cast<T*>(values), counts, inverse, on); });
    check_cuda(cudaGetLastError(), "unique");
    return found;
  }

  void search(dtype type, const void* sorted, int64_t size, const void* values, int64_t count, bool right, int64_t* to,
              void* stream) override {
    if (count == 0) return;
    const cudaStream_t on = use_device_of(stream);
    with_real_data(type, sorted, [&]<class T>(const T* row) {
      search_places<<<blocks_for(count), threads, 0, on>>>(row, size, static_cast<const T*>(values), count, right, to);
    });
    check_cuda(cudaGetLastError(), "searchsorted");
  }

  void quantile(dtype type, const void* from, int64_t rows, int64_t columns, std::span<const quantile_point> points,
                quantile_rule rule, void* to, void* stream) override {
    if (rows == 0 || points.empty()) return;
    const cudaStream_t on = use_device_of(stream);
    with_real_data(type, from, [&]<class T>(const T* x) {
      quantile_rows(x, rows, columns, points, rule, static_cast<quantile_type<T>*>(to), on);
    });
    check_cuda(cudaGetLastError(), "quantile");
  }

  std::array<double, 2> extremes(dtype type, const void* from, int64_t size, void* stream) override {
    const cudaStream_t on = use_device_of(stream);
    std::array<double, 2> result{};
    with_real_data(type, from, [&]<class T>(const T* x) {
      const scratch<unsigned long long> keys(memory_, 2, on);
      check_cuda(cudaMemsetAsync(keys.get(), 0xff, 8, on), "extremes");
      check_cuda(cudaMemsetAsync(keys.get() + 1, 0, 8, on), "extremes");
      find_extremes<<<std::min(blocks_for(size), 8u * static_cast<unsigned>(processors())), threads, 0, on>>>(x, size,
                                                                                                              keys.get());
      unsigned long long found[2];
      check_cuda(cudaMemcpyAsync(found, keys.get(), sizeof found, cudaMemcpyDefault, on), "extremes");
      check_cuda(cudaStreamSynchronize(on), "extremes");
      const double high = static_cast<double>(from_key<T>(static_cast<key_type<T>>(found[1])));
      result = {is_nan(high) ? high : static_cast<double>(from_key<T>(static_cast<key_type<T>>(found[0]))), high};
    });
    return result;
  }

  void histogram(dtype type, const void* from, int64_t size, const double* edges, int64_t bins, bool uniform, int64_t* counts,
                 void* stream) override {
    const cudaStream_t on = use_device_of(stream);
    check_cuda(cudaMemsetAsync(counts, 0, static_cast<std::size_t>(bins) * sizeof *counts, on), "histogram");
    if (size == 0) return;
    with_real_data(type, from, [&](const auto* x) {
      count_bins<<<std::min(blocks_for(size), 8u * static_cast<unsigned>(processors())), threads,
                   bins <= shared_bins ? static_cast<std::size_t>(bins) * sizeof(uint32_t) : 0, on>>>(x, size, edges, bins,
                                                                                                      uniform, counts);
    });
    check_cuda(cudaGetLastError(), "histogram");
  }

  void scan(bool product, dtype type, const void* from, void* to, int64_t rows, int64_t columns, void* stream) override {
    if (rows == 0 || columns == 0) return;
    const cudaStream_t on = use_device_of(stream);
    const auto run = [&]<class T>(const T* x) {
      using Result = typename scan_types<T>::result;
      if (product) scan_rows<T, scan_product>(x, static_cast<Result*>(to), rows, columns, on);
      else scan_rows<T, scan_sum>(x, static_cast<Result*>(to), rows, columns, on);
    };
    if (type == dtype::complex64) run(static_cast<const complex_pair<float>*>(from));
    else if (type == dtype::complex128) run(static_cast<const complex_pair<double>*>(from));
    else with_real_data(type, from, run);
    check_cuda(cudaGetLastError(), product ? "cumprod" : "cumsum");
  }

private:
  /// Memory for one call, given back in the stream's order.
  template <class E> class scratch {
  public:
    scratch(backend& owner, int64_t size, cudaStream_t on) : memory_(owner, static_cast<std::size_t>(size) * sizeof(E), on) {}
    E* get() const { return memory_.template as<E>(); }

  private:
    device_memory memory_;
  };

  /// Multiprocessors of the device in use.
  static int processors() {
    int device = 0, count = 0;
    check_cuda(cudaGetDevice(&device), "asking for the current device");
    check_cuda(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device), "reading the device's properties");
    return count;
  }

  /// Stable, by bits [first_bit, last_bit) of the keys.
  template <class K> void radix_sort(cub::DoubleBuffer<K>& keys, int64_t size, int first_bit, int last_bit, cudaStream_t on) {
    const uint64_t items = static_cast<uint64_t>(size);
    std::size_t bytes = 0;
    check_cuda(cub::DeviceRadixSort::SortKeys(nullptr, bytes, keys, items, first_bit, last_bit, on), "sort");
    const scratch<char> space(memory_, static_cast<int64_t>(bytes), on);
    check_cuda(cub::DeviceRadixSort::SortKeys(space.get(), bytes, keys, items, first_bit, last_bit, on), "sort");
  }
  void radix_sort(cub::DoubleBuffer<uint64_t>& keys, cub::DoubleBuffer<uint32_t>& values, int64_t size, cudaStream_t on) {
    const uint64_t items = static_cast<uint64_t>(size);
    std::size_t bytes = 0;
    check_cuda(cub::DeviceRadixSort::SortPairs(nullptr, bytes, keys, values, items, 0, 64, on), "sort");
    const scratch<char> space(memory_, static_cast<int64_t>(bytes), on);
    check_cuda(cub::DeviceRadixSort::SortPairs(space.get(), bytes, keys, values, items, 0, 64, on), "sort");
  }

  template <class T>
  void sort_short(const T* from, T* values, int64_t* indices, int64_t rows, int64_t columns, key_type<T> flip,
                  cudaStream_t on) {
    const int width = 1 << std::max(1, bits_for(columns));
    const unsigned grid = static_cast<unsigned>(std::min<int64_t>(rows, 1 << 20));
    sort_short_rows<<<grid, static_cast<unsigned>(std::clamp(width / 2, 32, 512)), 0, on>>>(
        from, values, indices, rows, static_cast<int>(columns), width, flip);
  }

  /// How many rows are sorted together: their elements are numbered in 32 bits. Few or long rows are sorted one by one.
  static int64_t rows_together(int64_t rows, int64_t columns) {
    if (rows <= 4 || columns >= 1 << 20) return 1;
    return std::min<int64_t>(rows, (int64_t{1} << 31) / columns);
  }

  /// Sorted keys of one row; `keys` holds two buffers, the first filled.
  template <class T> void sort_row(const T* from, T* to, int64_t columns, key_type<T> flip, cudaStream_t on) {
    using K = key_type<T>;
    constexpr bool in_place = sizeof(K) == sizeof(T); // the keys stand where the result will
    const scratch<K> other(memory_, columns, on), own(memory_, in_place ? 0 : columns, on);
    K* keys = in_place ? reinterpret_cast<K*>(to) : own.get();
    write_keys<T><<<blocks_for(columns), threads, 0, on>>>(from, keys, columns, flip, false);
    cub::DoubleBuffer<K> buffers(keys, other.get());
    radix_sort(buffers, columns, 0, key_bits<T>, on);
    read_keys<T><<<blocks_for(columns), threads, 0, on>>>(buffers.Current(), to, columns, flip);
  }

  template <class T> void sort_rows(const T* from, T* to, int64_t rows, int64_t columns, bool descending, cudaStream_t on) {
    const key_type<T> flip = flip_of<T>(descending);
    if (columns <= short_row) return sort_short<T>(from, to, nullptr, rows, columns, flip, on);
    const int64_t together = rows_together(rows, columns);
    for (int64_t row = 0; row < rows; row += together) {
      const int64_t count = std::min(together, rows - row), size = count * columns;
      const T* x = from + row * columns;
      T* y = to + row * columns;
      if (together == 1) {
        sort_row(x, y, columns, flip, on);
      } else if constexpr (sizeof(key_type<T>) == 4) {
        const scratch<uint64_t> keys(memory_, size, on), other(memory_, size, on);
        write_row_keys<T><<<blocks_for(size), threads, 0, on>>>(x, keys.get(), size, columns, flip);
        cub::DoubleBuffer<uint64_t> buffers(keys.get(), other.get());
        radix_sort(buffers, size, 0, 32 + bits_for(count), on);
        read_row_keys<T><<<blocks_for(size), threads, 0, on>>>(buffers.Current(), y, size, flip);
      } else {
        // By the exact keys, then by row: as in order_rows, with the keys found again through the indices. Zeros of both signs
        // are told apart by their keys, so a copy of the keys as integers is ordered.
        const scratch<int64_t> numbers(memory_, size, on), indices(memory_, size, on);
        write_numbers(x, numbers.get(), size, flip, on);
        order_group(numbers.get(), indices.get(), count, columns, 0, on);
        const scratch<int64_t> sorted(memory_, size, on);
        gather_rows<<<blocks_for(size), threads, 0, on>>>(numbers.get(), indices.get(), sorted.get(), count, columns, columns);
        read_numbers(sorted.get(), y, size, flip, on);
      }
    }
  }

  /// Keys of 64 bits as int64 in the same order, and back.
  template <class T> void write_numbers(const T* from, int64_t* to, int64_t size, uint64_t flip, cudaStream_t on) {
    write_keys<T><<<blocks_for(size), threads, 0, on>>>(from, reinterpret_cast<uint64_t*>(to), size, flip, false);
    read_keys<int64_t><<<blocks_for(size), threads, 0, on>>>(reinterpret_cast<uint64_t*>(to), to, size, 0);
  }
  template <class T> void read_numbers(int64_t* from, T* to, int64_t size, uint64_t flip, cudaStream_t on) {
    write_keys<int64_t><<<blocks_for(size), threads, 0, on>>>(from, reinterpret_cast<uint64_t*>(from), size, 0, false);
    read_keys<T><<<blocks_for(size), threads, 0, on>>>(reinterpret_cast<uint64_t*>(from), to, size, flip);
  }

  /// Stable order within each of `rows` rows that are numbered together in 32 bits.
  template <class T>
  void order_group(const T* from, int64_t* to, int64_t rows, int64_t columns, key_type<T> flip, cudaStream_t on) {
    const int64_t size = rows * columns;
    if (size > int64_t{1} << 32)
      throw std::runtime_error("argsort of " + std::to_string(size) + " elements in a row (at most 2^32 on the GPU)");
    const scratch<uint64_t> keys(memory_, size, on), other(memory_, size, on);
    cub::DoubleBuffer<uint64_t> buffers(keys.get(), other.get());
    if constexpr (sizeof(key_type<T>) == 4) {
      write_indexed_keys<T><<<blocks_for(size), threads, 0, on>>>(from, keys.get(), size, flip);
      radix_sort(buffers, size, 32, 32 + key_bits<T>, on);
      if (rows > 1) write_rows<<<blocks_for(size), threads, 0, on>>>(buffers.Current(), buffers.Alternate(), size, columns);
    } else {
      const scratch<uint32_t> indices(memory_, size, on), other_indices(memory_, size, on);
      write_keys_and_indices<T><<<blocks_for(size), threads, 0, on>>>(from, keys.get(), indices.get(), size, flip);
      cub::DoubleBuffer<uint32_t> values(indices.get(), other_indices.get());
      radix_sort(buffers, values, size, on);
      if (rows == 1) {
        read_indices<<<blocks_for(size), threads, 0, on>>>(values.Current(), to, size, columns);
        return;
      }
      write_rows<<<blocks_for(size), threads, 0, on>>>(values.Current(), buffers.Alternate(), size, columns);
    }
    if (rows > 1) {
      buffers.selector ^= 1;
      radix_sort(buffers, size, 32, 32 + bits_for(rows), on);
    }
    read_indices<<<blocks_for(size), threads, 0, on>>>(buffers.Current(), to, size, columns);
  }

  template <class T>
  void order_rows(const T* from, int64_t* to, int64_t rows, int64_t columns, bool descending, cudaStream_t on) {
    const key_type<T> flip = flip_of<T>(descending);
    if (columns <= short_row) return sort_short<T>(from, nullptr, to, rows, columns, flip, on);
    const int64_t together = rows_together(rows, columns);
    for (int64_t row = 0; row < rows; row += together)
      order_group(from + row * columns, to + row * columns, std::min(together, rows - row), columns, flip, on);
  }

  /// Selects ranks in each row; then(first row, number of rows, states) reads what was found.
  template <class T, class Then>
  void select_rows(const T* from, int64_t rows, int64_t columns, const rank_list& ranks, key_type<T> flip, bool ties,
                   cudaStream_t on, const Then& then) {
    using K = key_type<T>;
    const int64_t batch = std::min<int64_t>(rows, 256), list_room = columns / 8 + 1;
    const scratch<selection> states(memory_, batch, on);
    const scratch<int64_t> histograms(memory_, batch * most_ranks * digits, on);
    const scratch<K> lists(memory_, batch * list_room, on);
    int slots = most_ranks;
    while (columns < 1 << 18 && slots / 2 >= ranks.count) slots /= 2;
    const std::size_t shared = static_cast<std::size_t>(slots) * digits * sizeof(uint32_t);
    check_cuda(cudaFuncSetAttribute(count_digits<T>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    most_ranks * digits * sizeof(uint32_t)),
               "quantile");
    constexpr int key_width = 8 * static_cast<int>(sizeof(K));
    for (int64_t row = 0; row < rows; row += batch) {
      const unsigned count = static_cast<unsigned>(std::min(batch, rows - row));
      const int64_t enough = std::max<int64_t>(1, 3 * processors() / static_cast<int64_t>(count));
      const dim3 grid(static_cast<unsigned>(std::clamp<int64_t>(columns / 8192, 1, enough)), count);
      start_selection<<<count, threads, 0, on>>>(states.get(), histograms.get(), ranks);
      for (int pass = 0; pass < passes_of(key_width); ++pass) {
        count_digits<T><<<grid, select_threads, shared, on>>>(from + row * columns, columns, states.get(), histograms.get(),
                                                              lists.get(), list_room, pass, slots, flip, ties);
        choose_digits<<<count, threads, 0, on>>>(states.get(), histograms.get(), ranks, key_width, pass, list_room);
      }
      then(row, static_cast<int64_t>(count), states.get());
    }
  }

  template <class T>
  void quantile_rows(const T* from, int64_t rows, int64_t columns, std::span<const quantile_point> points, quantile_rule rule,
                     quantile_type<T>* to, cudaStream_t on) {
    constexpr std::size_t many = 24; // points from which one sort is faster than a selection for every four of them
    const bool sorted = columns <= short_row || points.size() > many;
    const scratch<T> sorted_rows(memory_, sorted ? rows * columns : 0, on);
    if (sorted) sort_rows(from, sorted_rows.get(), rows, columns, false, on);
    const std::size_t step = sorted ? std::size(point_list{}.point) : most_ranks / 2;
    for (std::size_t p = 0; p < points.size(); p += step) {
      point_list list{static_cast<int>(std::min(step, points.size() - p)), rule, {}};
      std::copy_n(points.begin() + static_cast<std::ptrdiff_t>(p), list.count, list.point);
      quantile_type<T>* result = to + static_cast<int64_t>(p) * rows;
      if (sorted) {
        read_sorted<<<blocks_for(rows * list.count), threads, 0, on>>>(sorted_rows.get(), list, result, rows, columns);
        continue;
      }
      rank_list ranks{2 * list.count, {}};
      for (int i = 0; i < list.count; ++i) {
        ranks.rank[2 * i] = list.point[i].low;
        ranks.rank[2 * i + 1] = list.point[i].high;
      }
      select_rows(
          from, rows, columns, ranks, key_type<T>{0}, false, on, [&](int64_t row, int64_t count, const selection* states) {
            read_selection<T><<<blocks_for(count * list.count), threads, 0, on>>>(states, list, result + row, count, rows);
          });
    }
  }

  template <class T>
  void top_rows(const T* from, int64_t* to, int64_t rows, int64_t columns, int64_t count, bool largest, cudaStream_t on) {
    if (columns <= short_row || count > columns / 8) {
      const scratch<int64_t> order(memory_, rows * columns, on);
      order_rows(from, order.get(), rows, columns, largest, on);
      take_columns<<<blocks_for(rows * count), threads, 0, on>>>(order.get(), to, rows, columns, count);
      return;
    }
    using Number = std::conditional_t<sizeof(key_type<T>) == 4, uint32_t, int64_t>;
    const key_type<T> flip = flip_of<T>(largest);
    rank_list ranks{1, {count - 1}};
    const int64_t pieces = (columns + top_piece - 1) / top_piece;
    select_rows(from, rows, columns, ranks, flip, true, on, [&](int64_t row, int64_t some, const selection* states) {
      const scratch<int64_t> below(memory_, some * pieces, on), equal(memory_, some * pieces, on);
      const scratch<Number> keys(memory_, some * count, on);
      const scratch<int64_t> indices(memory_, some * count, on), order(memory_, some * count, on);
      const dim3 grid(static_cast<unsigned>(pieces), static_cast<unsigned>(some));
      const T* x = from + row * columns;
      count_top<T><<<grid, threads, 0, on>>>(x, columns, states, below.get(), equal.get(), flip);
      scan_rows<int64_t, scan_sum>(below.get(), below.get(), some, pieces, on);
      scan_rows<int64_t, scan_sum>(equal.get(), equal.get(), some, pieces, on);
      write_top<T>
          <<<grid, threads, 0, on>>>(x, columns, states, below.get(), equal.get(), flip, keys.get(), indices.get(), count);
      order_rows(keys.get(), order.get(), some, count, false, on);
      gather_rows<<<blocks_for(some * count), threads, 0, on>>>(indices.get(), order.get(), to + row * count, some, count,
                                                                count);
    });
  }

  template <class T>
  int64_t unique_values(const T* from, int64_t size, T* values, int64_t* counts, int64_t* inverse, cudaStream_t on) {
    using K = key_type<T>;
    const scratch<K> keys(memory_, size, on), other(memory_, size, on);
    const scratch<int64_t> order(memory_, inverse ? size : 0, on), places(memory_, size, on),
        starts(memory_, counts ? size : 0, on);
    cub::DoubleBuffer<K> buffers(keys.get(), other.get());
    if (inverse != nullptr) {
      order_rows(from, order.get(), 1, size, false, on);
      write_ordered_keys<T><<<blocks_for(size), threads, 0, on>>>(from, order.get(), keys.get(), size);
    } else {
      write_keys<T><<<blocks_for(size), threads, 0, on>>>(from, keys.get(), size, 0, true);
      radix_sort(buffers, size, 0, key_bits<T>, on);
    }
    {
      const scratch<bool> heads(memory_, size, on);
      mark_heads<<<blocks_for(size), threads, 0, on>>>(buffers.Current(), heads.get(), size);
      scan_rows<bool, scan_sum>(heads.get(), places.get(), 1, size, on);
    }
    write_unique<T><<<blocks_for(size), threads, 0, on>>>(buffers.Current(), places.get(), order.get(), values,
                                                          counts ? starts.get() : nullptr, inverse, size);
    int64_t found = 0;
    check_cuda(cudaMemcpyAsync(&found, places.get() + size - 1, sizeof found, cudaMemcpyDefault, on), "unique");
    check_cuda(cudaStreamSynchronize(on), "unique");
    if (counts != nullptr) write_counts<<<blocks_for(found), threads, 0, on>>>(starts.get(), counts, found, size);
    return found;
  }

  template <class T, class Op>
  void scan_rows(const T* from, typename scan_types<T>::result* to, int64_t rows, int64_t columns, cudaStream_t on) {
    using Sum = typename scan_types<T>::sum;
    if (columns <= scan_chunk) {
      scan_short_rows<T, Op><<<blocks_for(rows), threads, 0, on>>>(from, to, rows, columns);
      return;
    }
    const int64_t tiles = (columns + scan_tile - 1) / scan_tile;
    constexpr int warps = scan_warps<Sum>;
    const unsigned grid = static_cast<unsigned>(std::min<int64_t>((rows * tiles + warps - 1) / warps, 1 << 20));
    const scratch<Sum> totals(memory_, tiles > 1 ? rows * tiles : 0, on);
    if (tiles > 1) {
      scan_tiles<T, Op, true><<<grid, 32 * warps, 0, on>>>(from, to, totals.get(), rows, columns, tiles);
      scan_rows<Sum, Op>(totals.get(), totals.get(), rows, tiles, on);
    }
    scan_tiles<T, Op, false><<<grid, 32 * warps, 0, on>>>(from, to, totals.get(), rows, columns, tiles);
  }

  backend& memory_;
};

} // namespace

order_kernels& cuda_order(backend& owner) {
  static std::vector<order_on_gpu*>& all = *[] { // never destroyed: no CUDA call after main
    auto* list = new std::vector<order_on_gpu*>;
    for (backend* gpu : cuda_backends()) list->push_back(new order_on_gpu(*gpu));
    return list;
  }();
  return **std::find_if(all.begin(), all.end(), [&](const order_on_gpu* o) { return o->serves(owner); });
}

} // namespace dojima::kernels
