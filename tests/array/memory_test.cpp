// Pools: what they count, keep and refuse, on every device.
#include "dojima/array/array.hpp"
#include "dojima/array/elementwise.hpp"
#include "dojima/array/memory.hpp"
#include "tests/message_of.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace dojima {
namespace {

using test::message_of;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps = false; // every block is a new one then
#else
constexpr bool keeps = true;
#endif

TEST(memory, is_counted) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    const memory_pool pool(d);
    const memory_statistics before = pool.statistics();
    {
      const array<double> x({1 << 17}, on);
      const memory_statistics during = pool.statistics();
      EXPECT_GE(during.in_use, before.in_use + (1u << 20));
      EXPECT_GE(during.peak, during.in_use);
      EXPECT_GE(during.reserved, during.in_use);
      EXPECT_EQ(during.allocations, before.allocations + 1);
    }
    on.synchronize();
    EXPECT_EQ(pool.statistics().in_use, before.in_use);
    pool.reset_peak();
    EXPECT_LT(pool.statistics().peak, before.in_use + (1u << 20));
  }
}

TEST(memory, is_kept_for_the_next_array_and_trimmed) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    const memory_pool pool(d);
    pool.trim();
    const std::size_t before = pool.statistics().reserved;
    const std::int64_t n = std::int64_t{1} << 23;
    const void* first = array<double>({n}, on).data();
    on.synchronize();
    if (keeps || d.is_cuda()) {
      EXPECT_GE(pool.statistics().reserved, 8u * static_cast<std::size_t>(n)); // what was reserved before may be part of it
      if (!d.is_cuda()) {
        EXPECT_EQ(array<double>({n}, on).data(), first);
      }
    }
    pool.trim();
    EXPECT_LT(pool.statistics().reserved, before + 8u * n);
  }
}

TEST(memory, is_aligned_for_the_kernels) {
  for (const device& d : device::all()) {
    const stream on(d);
    std::vector<array<bool>> kept;
    for (std::int64_t n : {1, 63, 64, 65, 511, 513, 1000, 4096, 100000, 5000000}) {
      kept.emplace_back(extents{n}, on);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kept.back().data()) % (d.is_cuda() ? 256 : 64), 0u) << n;
    }
  }
}

TEST(memory, cap_is_an_error_with_the_figures) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    const memory_pool pool(d);
    on.synchronize();
    const std::size_t cap = pool.statistics().in_use + (1u << 20);
    pool.set_cap(cap);
    const std::string text = message_of<error>([&] { array<double>({1 << 20}, on); });
    EXPECT_NE(text.find("empty of shape (1048576,): cannot allocate 8388608 bytes on "), std::string::npos) << text;
    EXPECT_NE(text.find("in use"), std::string::npos) << text;
    EXPECT_NE(text.find("cap " + std::to_string(cap)), std::string::npos) << text;
    EXPECT_EQ(array<double>({1000}, on).size(), 1000); // a small one still fits
    pool.set_cap(0);
    EXPECT_EQ(array<double>({1 << 20}, on).size(), 1 << 20);
  }
}

TEST(memory, runs_out_with_an_error_and_goes_on) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    const stream on(d);
    const std::size_t in_use = memory_pool(d).statistics().in_use;
    const std::string text = message_of<error>([&] { array<double>({std::int64_t{1} << 45}, on); });
    EXPECT_NE(text.find(std::to_string(std::int64_t{1} << 48)), std::string::npos) << text;
    EXPECT_EQ(text.find("block_mib"), std::string::npos) << text;
    EXPECT_EQ(memory_pool(d).statistics().in_use, in_use);
    EXPECT_EQ(ones<double>({5}, on).get(), std::vector<double>(5, 1.0));
  }
}

TEST(memory, serves_many_threads) {
  for (const device& d : device::all()) {
    const std::size_t before = memory_pool(d).statistics().in_use;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        const stream on(d);
        std::vector<array<std::int32_t>> kept;
        for (int i = 0; i < 200; ++i) {
          kept.push_back(full<std::int32_t>({1 + (i * 7919) % 5000}, 1000 * t + i, on));
          if (i % 3 == 0) kept.erase(kept.begin() + i % static_cast<int>(kept.size()));
        }
        for (const array<std::int32_t>& x : kept) {
          const std::vector<std::int32_t> host = x.get();
          for (const std::int32_t value : host)
            if (value != host.front() || value / 1000 != t) ++wrong;
        }
        on.synchronize();
      });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(memory_pool(d).statistics().in_use, before);
  }
}

} // namespace
} // namespace dojima
