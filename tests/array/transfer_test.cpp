// Host to device and back, between devices, and in pipelines.
#include "dojima/array/elementwise.hpp"
#include "dojima/array/memory.hpp"
#include "dojima/array/pipeline.hpp"
#include "dojima/array/reduce.hpp"
#include "dojima/array/shard.hpp"
#include "dojima/array/transfer.hpp"
#include "tests/message_of.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace dojima {
namespace {

using test::message_of;

std::vector<double> counting(std::size_t n, double start = 0.5) {
  std::vector<double> v(n);
  std::iota(v.begin(), v.end(), start);
  return v;
}

// ---- pageable --------------------------------------------------------------------------------------------------------

TEST(transfer, sizes_around_the_pieces_come_back) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    for (const std::size_t n : {0, 1, 511, 4096, 65536, 524287, 524288, 524289, 3000000}) {
      std::vector<double> host = counting(n);
      const std::vector<double> expected = host;
      const array<double> x = asarray(host, on);
      std::fill(host.begin(), host.end(), -1.0); // the source may be reused
      EXPECT_EQ(x.get(), expected) << n;
    }
  }
}

TEST(transfer, uploads_do_not_wait_for_the_stream) {
  for (const device& d : device::all()) {
    if (!d.is_cuda()) continue;
    const stream on(d);
    array<double> x = full<double>({1 << 26}, 1.0, on), y = empty<double>({1000}, on);
    const std::vector<double> host = counting(1000);
    y.set(host); // the pools are warm from here
    x *= 1.0000001;
    on.synchronize();
    for (int i = 0; i < 50; ++i) x *= 1.0000001;
    y.set(host);
    EXPECT_FALSE(on.record().done()) << "the work before the upload had ended";
    EXPECT_EQ(y.get(), host);
  }
}

// ---- pinned ----------------------------------------------------------------------------------------------------------

TEST(pinned_arrays, copy_both_ways_in_order) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d), other(d);
    const pinned<double> in(counting(100000));
    pinned<double> out(100000), beside(100000);
    array<double> x = empty<double>({100, 1000}, on);
    copy_from(x, in);
    const array<double> y = x * 2.0;
    copy_to(y, out);
    copy_to(y, beside, other);
    x(ellipsis) = 0.0;
    out.wait();
    beside.wait();
    EXPECT_TRUE(out.ready());
    for (std::size_t i = 0; i < in.size(); i += 777) {
      EXPECT_EQ(out[i], 2 * in[i]);
      EXPECT_EQ(beside[i], 2 * in[i]);
    }
    const array<double> column = y(slice{}, slice{0, none, 2}); // not dense
    pinned<double> half(50000);
    copy_to(column, half);
    half.wait();
    EXPECT_EQ(half[1], y.get()[2]);
    copy_from(column, half);
    EXPECT_EQ(y.get()[2], half[1]);
  }
}

TEST(pinned_arrays, memory_is_not_reused_before_the_copy_has_ended) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    std::vector<array<double>> results;
    array<double> busy = full<double>({1 << 22}, 1.0, on);
    for (int i = 0; i < 40; ++i) {
      busy *= 1.0;
      const pinned<double> source(std::vector<double>(5000, static_cast<double>(i)));
      results.push_back(empty<double>({5000}, on));
      copy_from(results.back(), source);
    } // source goes here
    for (int i = 0; i < 40; ++i)
      EXPECT_EQ(results[static_cast<std::size_t>(i)].get(), std::vector<double>(5000, static_cast<double>(i)));
  }
}

TEST(pinned_arrays, refuse_another_size) {
  const array<double> x = zeros<double>({3}, stream(device::cpu()));
  EXPECT_EQ(message_of<input_error>([&] { copy_from(x, pinned<double>(4)); }),
            "could not copy between pinned array of shape (4,) and array of shape (3,)");
}

TEST(pinned_arrays, are_counted) {
  const memory_pool pool = memory_pool::pinned();
  const std::size_t before = pool.statistics().in_use;
  {
    const pinned<double> x(1000);
    EXPECT_EQ(pool.statistics().in_use, before + 8192);
  }
  EXPECT_EQ(pool.statistics().in_use, before);
  pool.trim();
  EXPECT_EQ(pool.statistics().reserved, before);
}

// ---- batches ---------------------------------------------------------------------------------------------------------

TEST(batches, carry_many_arrays_in_one_copy) {
  struct triple {
    char bytes[3];
  };
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    std::vector<double> a = counting(5);
    const std::vector<std::int32_t> b{1, 2, 3, 4, 5, 6};
    const std::vector<triple> c(100, triple{{'x', 'y', 'z'}});
    const std::vector<std::complex<double>> none{};
    transfer_batch batch;
    batch.add(a);
    batch.send(on); // from here the pinned memory is there
    const auto ta = batch.add(a);
    const auto tb = batch.add(b, {2, 3});
    const auto tc = batch.add(c);
    const auto tn = batch.add(none);
    const std::uint64_t before = memory_pool(d).statistics().allocations;
    const sent_batch sent = batch.send(on);
    EXPECT_EQ(memory_pool(d).statistics().allocations, before + 1);
    a[0] = 99;
    array<double> x = sent[ta];
    EXPECT_EQ(x.get(), counting(5));
    EXPECT_EQ(sent[tb].shape(), (extents{2, 3}));
    EXPECT_EQ(sent[tb].get(), b);
    EXPECT_EQ(sent[tc].get()[99].bytes[2], 'z');
    EXPECT_EQ(sent[tn].size(), 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(sent[tb].data()) % 64, 0u);
    EXPECT_EQ((x + 1.0).eval().get()[4], 5.5);
    EXPECT_EQ(message_of<input_error>([&] { batch.add(b, {4}); }), "cannot reshape array of size 6 into shape (4,)");
    const sent_batch empty = transfer_batch().send(on);
    EXPECT_THROW(empty[ta], std::out_of_range);
  }
}

// ---- pipelines -------------------------------------------------------------------------------------------------------

TEST(pipelines, keep_order_and_values) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    for (const std::size_t depth : {1, 2, 3, 5}) {
      const std::size_t n = 100003, chunk = 10000;
      std::size_t at = 0;
      std::vector<double> sums, scaled;
      pipeline<double>(
          [&](std::span<double> room) {
            const std::size_t now = std::min(room.size(), n - at);
            for (std::size_t i = 0; i < now; ++i) room[i] = static_cast<double>(at++);
            return now;
          },
          [](const array<double>& x) { return x * 2.0; },
          [&](std::span<const double> y) { scaled.insert(scaled.end(), y.begin(), y.end()); }, {d, chunk, depth});
      ASSERT_EQ(scaled.size(), n);
      for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(scaled[i], 2.0 * static_cast<double>(i));
      const pinned<double> source(counting(n, 0.0));
      pipeline(
          source, [](const array<double>& x) { return sum(x, axes{0}, true); },
          [&](std::span<const double> y) { sums.insert(sums.end(), y.begin(), y.end()); }, {d, chunk, depth});
      ASSERT_EQ(sums.size(), 11u);
      EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), 0.0), static_cast<double>(n) * static_cast<double>(n - 1) / 2);
    }
  }
}

TEST(pipelines, change_types_and_keep_state) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    array<double> total = zeros<double>({1}, stream(d));
    std::vector<double> seen;
    const pinned<std::int32_t> source(std::vector<std::int32_t>(1000, 2));
    pipeline(
        source,
        [&](const array<std::int32_t>& x) {
          total(ellipsis) = total + astype<double>(sum(x, axes{0}, true));
          return total; // the next chunk writes it again
        },
        [&](std::span<const double> y) { seen.insert(seen.end(), y.begin(), y.end()); }, {d, 100, 3});
    EXPECT_EQ(seen, (std::vector<double>{200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000}));
  }
}

TEST(pipelines, pass_on_what_is_thrown_and_leak_nothing) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    const pinned<double> source(counting(10000));
    const auto in_use = [&] {
      on.synchronize();
      return std::pair(memory_pool(d).statistics().in_use, memory_pool::pinned().statistics().in_use);
    };
    const auto before = in_use();
    const auto run = [&](int source_fails, int compute_fails, int sink_fails) {
      int sources = 0, computes = 0, sinks = 0;
      pipeline<double>(
          [&](std::span<double> room) {
            if (sources == source_fails) throw std::runtime_error("source");
            std::fill(room.begin(), room.end(), 1.0);
            return sources++ < 20 ? room.size() : 0;
          },
          [&](const array<double>& x) {
            if (computes++ == compute_fails) throw std::runtime_error("compute");
            return x + 1.0;
          },
          [&](std::span<const double>) {
            if (sinks++ == sink_fails) throw std::runtime_error("sink");
          },
          {d, 1000, 3});
    };
    EXPECT_EQ(message_of<std::runtime_error>([&] { run(5, -1, -1); }), "source");
    EXPECT_EQ(message_of<std::runtime_error>([&] { run(-1, 5, -1); }), "compute");
    EXPECT_EQ(message_of<std::runtime_error>([&] { run(-1, -1, 5); }), "sink");
    run(-1, -1, -1);
    for (int i = 0; i < 100 && in_use() != before; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10)); // streams end
    EXPECT_EQ(in_use(), before);
    EXPECT_TRUE(message_of<input_error>([&] {
                  pipeline(
                      source, [](const array<double>& x) { return x + 1.0; }, [](std::span<const double>) {}, {d, 0, 3});
                }).starts_with("pipeline: chunk = 0"));
  }
}

// ---- several devices -------------------------------------------------------------------------------------------------

std::vector<std::vector<device>> device_sets() {
  std::vector<std::vector<device>> sets{{device::cpu()}, {device::cpu(), device::cpu("plain"), device::cpu()}};
  std::vector<device> gpus = device::all();
  gpus.erase(gpus.begin());
  if (!gpus.empty()) {
    sets.push_back({gpus[0], gpus[0]});
    sets.push_back({device::cpu(), gpus[0]});
    sets.push_back(gpus);
  }
  return sets;
}

TEST(shards, go_out_and_come_back) {
  for (const std::vector<device>& devices : device_sets()) {
    const stream on(devices.front());
    const array<double> x = reshape(asarray(counting(7 * 5), on), {7, 5}).clone();
    for (const std::int64_t axis : {0, 1, -1}) {
      const std::vector<array<double>> parts = shard(x, devices, axis);
      ASSERT_EQ(parts.size(), devices.size());
      for (std::size_t i = 0; i < parts.size(); ++i) EXPECT_EQ(parts[i].where(), devices[i]);
      if (devices.size() == 3 && axis == 0) {
        EXPECT_EQ(parts[0].shape(), (extents{3, 5}));
        EXPECT_EQ(parts[2].shape(), (extents{2, 5}));
      }
      EXPECT_EQ(gather(parts, axis).get(), x.get());
      const array<double> on_last = gather(parts, axis, stream::of(devices.back()));
      EXPECT_EQ(on_last.where(), devices.back());
      EXPECT_EQ(on_last.get(), x.get());
    }
  }
}

TEST(shards, reduce_over_devices) {
  for (const std::vector<device>& devices : device_sets()) {
    std::vector<array<double>> parts;
    for (std::size_t i = 0; i < devices.size(); ++i)
      parts.push_back(full<double>({1000}, static_cast<double>(i + 1), stream::of(devices[i])));
    const double n = static_cast<double>(devices.size());
    all_reduce(parts);
    for (const array<double>& part : parts) EXPECT_EQ(part.get(), std::vector<double>(1000, n * (n + 1) / 2));
    std::vector<array<std::int64_t>> counts;
    for (std::size_t i = 0; i < devices.size(); ++i)
      counts.push_back(full<std::int64_t>({3}, static_cast<std::int64_t>(i), stream::of(devices[i])));
    all_reduce(counts, reduction::max);
    for (const array<std::int64_t>& part : counts)
      EXPECT_EQ(part.get(), std::vector<std::int64_t>(3, static_cast<std::int64_t>(devices.size()) - 1));
  }
}

TEST(shards, say_what_is_wrong) {
  const stream on(device::cpu());
  const array<double> x = zeros<double>({4}, on), y = zeros<double>({5}, on);
  EXPECT_EQ(message_of<input_error>([&] {
              all_reduce(std::vector{x, y});
            }),
            "all_reduce: arrays of shapes (4,) and (5,) (must be one shape)");
  EXPECT_EQ(message_of<input_error>([&] {
              all_reduce(std::vector{x, x});
            }),
            "all_reduce: two parts share memory; each needs its own");
  EXPECT_EQ(message_of<input_error>([&] { all_reduce(std::vector{x}, reduction::any); }),
            "all_reduce takes sum, prod, min or max");
  EXPECT_EQ(message_of<input_error>([&] { shard(x, {}); }), "shard: no device was named");
  EXPECT_EQ(message_of<input_error>([&] { gather(std::vector<array<double>>{}); }), "need at least one array to concatenate");
}

TEST(devices, copy_to_one_another) {
  const std::vector<device> all = device::all();
  for (const device& from : all)
    for (const device& to : all) {
      const array<double> x = asarray(counting(100000), stream(from));
      EXPECT_EQ(x.to(to).get(), counting(100000)) << from.id() << " to " << to.id();
      array<double> y = zeros<double>({100, 100}, stream(to));
      detail::copy(y(slice{0, none, 2}).raw(), detail::reshape(x(slice{0, 5000}).raw(), {50, 100})); // every other row
      EXPECT_EQ(y.get()[200], 100.5);
      EXPECT_EQ(y.get()[100], 0.0);
    }
}

} // namespace
} // namespace dojima
