// Streams, events, timers and graphs on every device.
#include "dojima/array/elementwise.hpp"
#include "dojima/array/graph.hpp"
#include "dojima/array/order.hpp"
#include "dojima/array/reduce.hpp"
#include "dojima/array/shape.hpp"
#include "dojima/array/transfer.hpp"
#include "tests/message_of.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace dojima {
namespace {

using test::message_of;

template <class Body> void on_every_device(Body&& body) {
  for (const device& d : device::all()) {
    SCOPED_TRACE(d.id());
    body(d);
  }
}

std::vector<double> counting(std::int64_t n) {
  std::vector<double> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = 0.25 * static_cast<double>(i);
  return v;
}

// ---- streams ---------------------------------------------------------------------------------------------------------

TEST(streams, scopes_nest_and_belong_to_a_thread) {
  on_every_device([](const device& d) {
    const stream a(d), b(d);
    const stream_scope outer(a);
    EXPECT_EQ(stream::current(), a);
    {
      const stream_scope inner(b);
      EXPECT_EQ(stream::current(), b);
      EXPECT_EQ(zeros<double>({3}).home(), b);
      std::thread([&] { EXPECT_EQ(stream::current(), stream::of(device::best())); }).join();
    }
    EXPECT_EQ(zeros<double>({3}).home(), a);
    const stream_scope whole(d);
    EXPECT_EQ(stream::current(), stream::of(d));
  });
}

TEST(streams, handle_is_the_cuda_stream) {
  on_every_device([](const device& d) {
    const stream on(d);
    EXPECT_EQ(on.handle() != nullptr, d.is_cuda());
  });
}

TEST(streams, work_on_other_streams_is_waited_for) {
  on_every_device([](const device& d) {
    const stream a(d), b(d), c(d);
    const std::int64_t n = 1 << 20;
    array<double> x = full<double>({n}, 1.0, a);
    for (int round = 0; round < 20; ++round) { // written at home, read on b and c, written at home again
      const array<double> y = (x + 1.0).eval(b), z = (x * 2.0).eval(c);
      x(ellipsis) = 0.0;
      EXPECT_EQ(sum(y).item(), 2.0 * n);
      EXPECT_EQ(sum(z).item(), 2.0 * n);
      x(ellipsis) = 1.0;
    }
  });
}

TEST(streams, arrays_may_be_dropped_while_others_read_them) {
  on_every_device([](const device& d) {
    const stream a(d), b(d);
    const std::int64_t n = 1 << 20;
    std::vector<array<double>> results;
    for (int i = 0; i < 20; ++i) {
      const array<double> x = full<double>({n}, static_cast<double>(i), a);
      results.push_back((x + 1.0).eval(b));
    } // x goes here, and the next one may get its memory
    for (int i = 0; i < 20; ++i) EXPECT_EQ(sum(results[static_cast<std::size_t>(i)]).item(), n * (i + 1.0));
  });
}

TEST(streams, events_and_timers) {
  on_every_device([](const device& d) {
    const stream on(d), other(d);
    const array<double> x = full<double>({1 << 20}, 1.0, on);
    const timer watch(on);
    const event begin = on.record();
    array<double> y = x + 1.0;
    const event end = on.record();
    other.wait(end);
    end.synchronize();
    EXPECT_TRUE(end.done());
    EXPECT_GT(seconds_between(begin, end), 0.0);
    EXPECT_LT(seconds_between(begin, end), 10.0);
    EXPECT_GE(watch.seconds(), seconds_between(begin, end));
  });
  const std::vector<device> all = device::all();
  if (all.size() > 1) {
    const event a = stream(all[0]).record(), b = stream(all[1]).record();
    EXPECT_EQ(message_of<input_error>([&] { seconds_between(a, b); }), "events on cpu and cuda:0 have no time between them");
  }
}

TEST(streams, faults_name_the_last_operations) {
  on_every_device([](const device& d) {
    const stream on(d);
    const array<double> x = asarray(counting(10), on), y = exp(x);
    const array<std::int64_t> at = asarray<std::int64_t>({0, 3, 99}, on);
    const std::string text = message_of<input_error>([&] {
      const array<double> z = take(y, at);
      on.synchronize();
    });
    EXPECT_NE(text.find("index 99 is out of bounds for axis with size 10"), std::string::npos) << text;
    EXPECT_NE(text.find("exp"), std::string::npos) << text;
    EXPECT_NE(text.find("of " + d.id()), std::string::npos) << text;
    on.synchronize(); // it is told once
    EXPECT_EQ(y.get().size(), 10u);
  });
}

TEST(streams, may_end_after_work_that_checks_indices) {
  on_every_device([](const device& d) {
    const stream kept(d);
    for (int i = 0; i < 3; ++i) {
      const stream on(d);
      const array<double> x = asarray(counting(10), on);
      EXPECT_EQ(array<double>(take(x, asarray<std::int64_t>({0, 9}, on))).get(), (std::vector<double>{0, 2.25}));
    }
    EXPECT_EQ(sort(asarray(counting(1000), kept)).get(), counting(1000)); // what went wrong at an end would be told here
  });
}

// Run by the test below in a process of its own.
TEST(streams, DISABLED_with_sync_check) {
  on_every_device([](const device& d) {
    const stream on(d);
    const array<double> x = asarray(counting(10), on);
    const array<std::int64_t> at = asarray<std::int64_t>({99}, on);
    EXPECT_NE(message_of<input_error>([&] { const array<double> z = take(x, at); }).find("index 99"), std::string::npos);
    array<double> y = zeros<double>({10}, on);
    capture(on, [&] { y(ellipsis) = x; }).replay(); // has nothing to wait for inside
    EXPECT_EQ(y.get(), x.get());
  });
}

TEST(streams, sync_check_finds_the_culprit) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string command =
      "DOJIMA_SYNC_CHECK=1 '" + self + "' --gtest_also_run_disabled_tests --gtest_filter=streams.DISABLED_with_sync_check";
  EXPECT_EQ(std::system((command + " > /dev/null").c_str()), 0) << command;
}

TEST(streams, many_threads_share_arrays_and_streams) {
  on_every_device([](const device& d) {
    const stream shared(d);
    const array<double> x = asarray(counting(10000), shared);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        const stream own(d);
        for (int i = 0; i < 50; ++i) {
          const stream& on = i % 2 == 0 ? own : shared;
          const array<double> y = (x * static_cast<double>(t + 1) + static_cast<double>(i)).eval(on);
          const std::vector<double> host = y.get();
          for (std::size_t k = 0; k < host.size(); k += 997)
            if (host[k] != 0.25 * static_cast<double>(k) * (t + 1) + i) ++wrong;
        }
      });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(wrong, 0);
  });
}

// ---- graphs ----------------------------------------------------------------------------------------------------------

TEST(graphs, replay_what_was_captured) {
  on_every_device([](const device& d) {
    const stream on(d);
    array<double> x = asarray(counting(1000), on), y = zeros<double>({1000}, on);
    const graph g = capture(on, [&] {
      y(ellipsis) = exp(x) * 2.0;
      y(slice{0, 10}) = -1.0;
    });
    EXPECT_EQ(sum(y).item(), 0.0) << "nothing runs while it is captured";
    EXPECT_EQ(g.size(), 2u);
    g.replay();
    array<double> expected = exp(x) * 2.0;
    expected(slice{0, 10}) = -1.0;
    EXPECT_EQ(y.get(), expected.get());
    x *= 0.5; // a replay reads what the arrays hold then
    g.replay();
    expected = exp(x) * 2.0;
    expected(slice{0, 10}) = -1.0;
    EXPECT_EQ(y.get(), expected.get());
    y(ellipsis) = 0.0;
    const stream other(d);
    g.replay(other);
    EXPECT_EQ(y.get(), expected.get()) << "the home stream waits for a replay elsewhere";
  });
}

TEST(graphs, hold_reductions_and_their_partial_results) {
  on_every_device([](const device& d) {
    const stream on(d);
    const std::int64_t n = 200000; // more than one level of tiles
    array<double> x = full<double>({n}, 1.0, on), total = zeros<double>({}, on), means = zeros<double>({4}, on);
    const graph g = capture(on, [&] {
      total(ellipsis) = sqrt(sum(x * x));
      means(ellipsis) = mean(reshape(x, {4, n / 4}), 1) + sum(x);
    });
    std::vector<array<double>> others; // must not get the memory of the partial results
    for (double value : {2.0, 3.0}) {
      x(ellipsis) = value;
      for (int i = 0; i < 10; ++i) others.push_back(full<double>({n / 100}, -7.0, on));
      g.replay();
      EXPECT_EQ(total.item(), std::sqrt(n * value * value));
      EXPECT_EQ(means.get(), std::vector<double>(4, value + n * value));
    }
    for (const array<double>& other : others) EXPECT_EQ(sum(other).item(), -7.0 * static_cast<double>(n / 100));
  });
}

TEST(graphs, keep_what_they_use) {
  on_every_device([](const device& d) {
    const stream on(d);
    array<double> y = zeros<double>({1000}, on);
    const graph g = [&] {
      const array<double> x = asarray(counting(1000), on);
      return capture(on, [&] { y(ellipsis) = x + 1.0; });
    }();
    std::vector<array<double>> others;
    for (int i = 0; i < 10; ++i) others.push_back(full<double>({1000}, -7.0, on));
    g.replay();
    EXPECT_EQ(y.get()[4], 2.0);
  });
}

TEST(graphs, take_arrays_of_other_streams) {
  on_every_device([](const device& d) {
    const stream home(d), on(d);
    array<double> x = full<double>({1 << 20}, 1.0, home), y = zeros<double>({1 << 20}, home);
    const graph g = capture(on, [&] { y(ellipsis) = y + x; });
    for (int i = 0; i < 10; ++i) {
      g.replay();
      x += 1.0; // waits for the replay, and the next one for it
    }
    EXPECT_EQ(y.get()[7], 55.0);
  });
}

TEST(graphs, copy_from_and_to_pinned_memory) {
  on_every_device([](const device& d) {
    const stream on(d);
    const pinned<double> in(1000);
    pinned<double> out(1000);
    array<double> x = empty<double>({1000}, on);
    const graph g = capture(on, [&] {
      copy_from(x, in);
      x(ellipsis) = x * 2.0;
      copy_to(x, out);
    });
    for (double value : {1.0, 5.0}) {
      std::fill(in.begin(), in.end(), value);
      g.replay();
      out.wait();
      EXPECT_EQ(out[999], 2 * value);
    }
  });
}

TEST(graphs, name_what_cannot_be_part_of_them) {
  on_every_device([](const device& d) {
    const stream on(d), other(d);
    array<double> x = asarray(counting(10), on), y = zeros<double>({10}, on);
    const auto refused = [&](auto&& work) { return message_of<error>([&] { capture(on, work); }); };
    EXPECT_TRUE(refused([&] { array<double> z = x + 1.0; }).starts_with("expression allocates (10,) inside a graph capture"));
    EXPECT_TRUE(refused([&] { zeros<double>({3}, on); }).starts_with("empty allocates (3,) inside a graph capture"));
    EXPECT_TRUE(refused([&] { on.synchronize(); }).starts_with("synchronize inside a graph capture"));
    EXPECT_TRUE(refused([&] { x.get(); }).starts_with("copy to host inside a graph capture"));
    EXPECT_TRUE(refused([&] { x.set(counting(10)); }).starts_with("copy from host inside a graph capture"));
    EXPECT_TRUE(refused([&] { on.record(); }).starts_with("record inside a graph capture"));
    EXPECT_TRUE(refused([&] { capture(other, [] {}); }).starts_with("a graph capture inside another one"));
    EXPECT_EQ(refused([&] { throw error("mine"); }), "mine");
    // The stream goes on as before.
    y(ellipsis) = x + 1.0;
    EXPECT_EQ(y.get()[4], 2.0);
    capture(on, [&] { y(ellipsis) = x * 2.0; }).replay();
    EXPECT_EQ(y.get()[4], 2.0 * x.get()[4]);
  });
}

TEST(graphs, tell_an_index_out_of_bounds_at_each_replay) {
  on_every_device([](const device& d) {
    const stream on(d), other(d);
    array<double> x = asarray(counting(10), on), y = zeros<double>({2}, on);
    array<std::int64_t> at = asarray<std::int64_t>({0, 1}, on);
    const auto taken = take(x, at);
    const graph g = capture(on, [&] { y(ellipsis) = taken; });
    g.replay();
    on.synchronize();
    at.set(std::vector<std::int64_t>{0, 10});
    for (const stream& s : {on, other})
      EXPECT_NE(message_of<input_error>([&] {
                  g.replay(s);
                  s.synchronize();
                }).find("index 10 is out of bounds for axis with size 10"),
                std::string::npos);
  });
}

TEST(graphs, keep_out_other_threads) {
  on_every_device([](const device& d) {
    const stream on(d);
    array<double> x = zeros<double>({10}, on);
    capture(on, [&] {
      std::thread([&] {
        EXPECT_TRUE(message_of<error>([&] {
                      x(ellipsis) = 1.0;
                    }).ends_with("on a stream that another thread captures; use a stream of your own"));
        EXPECT_TRUE(
            message_of<error>([&] { capture(on, [] {}); }).starts_with("the stream is being captured by another thread"));
      }).join();
    });
  });
}

TEST(graphs, may_be_replayed_by_many_threads) {
  on_every_device([](const device& d) {
    const stream on(d);
    array<double> x = zeros<double>({1000}, on);
    const graph g = capture(on, [&] { x += 1.0; });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        const stream own(d);
        for (int i = 0; i < 25; ++i) g.replay(own);
      });
    for (std::thread& t : threads) t.join();
    EXPECT_EQ(x.get()[3], 100.0);
  });
}

TEST(graphs, stay_on_their_device) {
  const std::vector<device> all = device::all();
  if (all.size() < 2) GTEST_SKIP() << "one device: " << device::cuda_status();
  const stream on(all[1]);
  array<double> x = zeros<double>({10}, on);
  const graph g = capture(on, [&] { x += 1.0; });
  EXPECT_EQ(message_of<input_error>([&] { g.replay(stream(all[0])); }),
            "a graph of cuda:0 cannot be replayed on cpu; capture it there");
}

} // namespace
} // namespace dojima
