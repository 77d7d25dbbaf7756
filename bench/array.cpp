// The array layer: memory-bound expressions against the device's copy rate, sorting, random numbers, and what a launch costs.
#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include "bench/bench.hpp"
#include "dojima/array/linalg.hpp"
#include "dojima/array/order.hpp"
#include "dojima/array/pipeline.hpp"
#include "dojima/array/random.hpp"
#include "dojima/array/shape.hpp"

namespace dojima::bench {
namespace {

using vector = array<double>;

/// Kernels that were compiled before must not stand in a cache: the first use is measured.
class empty_cache {
public:
  empty_cache() : folder_(std::filesystem::temp_directory_path() / ("dojima-bench-" + std::to_string(getpid()))) {
    if (const char* set = std::getenv("DOJIMA_CACHE_DIR")) before_ = set;
    setenv("DOJIMA_CACHE_DIR", folder_.c_str(), 1);
  }
  ~empty_cache() {
    if (before_) setenv("DOJIMA_CACHE_DIR", before_->c_str(), 1);
    else unsetenv("DOJIMA_CACHE_DIR");
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

private:
  std::filesystem::path folder_;
  std::optional<std::string> before_;
};

} // namespace

void array_suite(const options& o, results& to) {
  const stream_scope scope(o.on);
  const bool gpu = o.on.where().is_cuda();
  const auto sized = [&](std::int64_t on_gpu, std::int64_t on_cpu) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(o.scale * static_cast<double>(gpu ? on_gpu : on_cpu)));
  };
  const auto add = [&](const std::string& name, double seconds, double amount, const char* unit, double limit = 0) {
    to.push_back({name, "array", "double", seconds, amount, unit, limit});
  };

  const std::int64_t n = sized(std::int64_t{1} << 27, std::int64_t{1} << 25);
  const auto bytes = static_cast<double>(8 * n);
  double copy_rate = 0;
  {
    const vector x = random::uniform<double>({n}, {.seed = 1}, 0.5, 1.5);
    const vector y(x.shape(), o.on);
    const double seconds = median_queued(o, [&] { detail::copy(y.raw(), x.raw()); });
    copy_rate = 2 * bytes / seconds;
    add("copy", seconds, 2 * bytes, "B/s");
    add("sum, fixed tree", median_queued(o, [&] { vector s = sum(x); }), bytes, "B/s", copy_rate);
    add("sum, unordered", median_queued(o, [&] { vector s = sum(x, {}, false, summation::unordered); }), bytes, "B/s",
        copy_rate);
    add("ten operations",
        median_queued(o, [&] { vector z = ((x * 2.0 + 1.0) * x - 0.5) / (x + 3.0) + sqrt(x) * (x - 1.0) + abs(x); }), 2 * bytes,
        "B/s", copy_rate);
    add("exp(x) * y", median_queued(o, [&] { vector z = exp(x) * y; }), 3 * bytes, "B/s", copy_rate);
    add("norm_cdf(x)", median_queued(o, [&] { vector z = norm_cdf(x); }), 2 * bytes, "B/s", copy_rate);
  }
  {
    const std::int64_t rows = sized(1000, 200);
    const vector x = ones<double>({rows, 100, 1000});
    const double moved = static_cast<double>(x.size()) * 8;
    add("sqrt(sum(x * x, -1)) " + to_string(x.shape()), median_queued(o, [&] { vector y = sqrt(sum(x * x, -1)); }), moved,
        "B/s", copy_rate);
    add("sum(x, 0) " + to_string(x.shape()), median_queued(o, [&] { vector y = sum(x, 0); }), moved, "B/s", copy_rate);
  }
  {
    const std::int64_t m = sized(100'000'000, 10'000'000);
    const vector x = random::normal<double>({m}, {.seed = 2});
    add("normals", median_queued(o, [&] { vector z = random::normal<double>({m}, {.seed = 3}); }), static_cast<double>(m),
        "values/s");
    add("quantile 0.99", median_queued(o, [&] { vector q = quantile(x, 0.99); }), static_cast<double>(m), "values/s");
    add("sort", median_queued(o, [&] { vector s = sort(x); }), static_cast<double>(m), "values/s");
    add("cumsum", median_queued(o, [&] { vector s = cumsum(x); }), static_cast<double>(16 * m), "B/s", copy_rate);
  }
  if (gpu) { // host memory goes in, is worked on, and a sum for each chunk comes out
    pinned<double> host(static_cast<std::size_t>(n));
    std::fill(host.data(), host.data() + host.size(), 1.0);
    double total = 0;
    const auto run = [&] {
      pipeline(
          host, [](const vector& chunk) { return sum(sqrt(exp(chunk) + chunk * chunk)); },
          [&](std::span<const double> result) { total += result[0]; }, {.where = o.on.where()});
    };
    add("pipeline, into the GPU", median_seconds(o.repeats, run), bytes, "B/s");
    const vector there(extents{n}, o.on);
    add("copy from pinned memory", median_queued(o, [&] { copy_from(there, host); }), bytes, "B/s");
  }
  {
    const std::int64_t m = sized(8192, 1024);
    const vector a = random::normal<double>({m, m}, {.seed = 4});
    add("matmul " + std::to_string(m), median_queued(o, [&] { matmul(a, a); }),
        2.0 * static_cast<double>(m) * static_cast<double>(m) * static_cast<double>(m), "flop/s");
  }
  { // what a use costs on the host: the first one of an expression, and one that was compiled before
    const vector x = ones<double>({64}), y = ones<double>({64}), z = ones<double>({64});
    if (gpu) {
      const empty_cache nothing_known;
      const double first = seconds_of([&] {
        z(ellipsis) = exp(x) * y + log1p(x * y) - 0.125;
        o.on.synchronize();
      });
      add("first use of an expression", first, 1, "1/s");
    }
    constexpr int launches = 2000;
    const auto many = [&] {
      for (int i = 0; i < launches; ++i) z(ellipsis) = x * y + 0.5;
    };
    std::vector<double> seconds;
    many();
    for (int i = 0; i < o.repeats; ++i) {
      o.on.synchronize();
      seconds.push_back(seconds_of(many) / launches); // the queue takes them without waiting
    }
    add("launch of a known expression, host", median(seconds), 1, "1/s");
  }
}

} // namespace dojima::bench
