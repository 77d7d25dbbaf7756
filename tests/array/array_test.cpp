// Arrays on every device: shapes, transfer, and what they say when they refuse.
#include "dojima/array/array.hpp"
#include "tests/message_of.hpp"
#include "tests/support.hpp"

#include <numeric>

namespace dojima {
namespace {

using test::message_of;

std::vector<double> counting(std::size_t n) {
  std::vector<double> v(n);
  std::iota(v.begin(), v.end(), 0.5);
  return v;
}

class array_on : public testing::TestWithParam<const char*> {
protected:
  void SetUp() override {
    try {
      on = stream(device::parse(GetParam()));
    } catch (const device_error& problem) {
      GTEST_SKIP() << problem.what();
    }
  }
  stream on{device::cpu()};
};
INSTANTIATE_TEST_SUITE_P(array, array_on, testing::Values("cpu", "cuda"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(array_on, comes_back_as_it_went) {
  const std::vector<double> host = counting(1000);
  const array<double> a = asarray(host, on);
  EXPECT_EQ(a.get(), host);
  EXPECT_EQ(a.size(), 1000);
  EXPECT_EQ(a.shape(), (std::vector<std::int64_t>{1000}));
  EXPECT_EQ(a.where(), on.where());
  EXPECT_EQ(a.home().handle(), on.handle());
}

TEST_P(array_on, keeps_other_types) {
  struct pair {
    std::int32_t a;
    double b;
  };
  const std::vector<pair> host{{1, 2.5}, {-7, 1e300}};
  const std::vector<pair> back = asarray(host, on).get();
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[1].a, -7);
  EXPECT_EQ(back[1].b, 1e300);
}

TEST_P(array_on, source_may_be_reused_at_once) {
  std::vector<double> host = counting(100000);
  const std::vector<double> copy = host;
  const array<double> a = asarray(host, on);
  std::fill(host.begin(), host.end(), -1.0);
  EXPECT_EQ(a.get(), copy);
}

TEST_P(array_on, assigning_shares_and_clone_copies) {
  array<double> a = asarray(counting(8), on);
  const array<double> shared = a;
  const array<double> copy = a.clone();
  a.set(std::vector<double>(8, 3.0));
  EXPECT_EQ(shared.get(), std::vector<double>(8, 3.0));
  EXPECT_EQ(shared.data(), a.data());
  EXPECT_EQ(copy.get(), counting(8));
  EXPECT_NE(copy.data(), a.data());
}

TEST_P(array_on, outlives_the_names_of_its_stream) {
  array<double> a;
  {
    const stream inner(on.where());
    a = asarray(counting(64), inner);
  }
  EXPECT_EQ(a.get(), counting(64));
}

TEST_P(array_on, goes_to_another_stream_and_back) {
  const array<double> a = asarray(counting(77), on);
  const stream cpu(device::cpu());
  const array<double> b = a.to(cpu), c = b.to(on);
  EXPECT_FALSE(b.where().is_cuda());
  EXPECT_EQ(b.get(), counting(77));
  EXPECT_EQ(c.get(), counting(77));
  EXPECT_EQ(c.shape(), a.shape());
  EXPECT_NE(c.data(), a.data());
}

TEST_P(array_on, shapes) {
  const array<double> cube({2, 3, 4}, on);
  EXPECT_EQ(cube.size(), 24);
  EXPECT_EQ(cube.get().size(), 24u);
  const array<double> scalar(std::vector<std::int64_t>{}, on);
  EXPECT_EQ(scalar.size(), 1);
  const array<float> eight({1, 2, 1, 2, 1, 2, 1, 2}, on);
  EXPECT_EQ(eight.size(), 16);
}

TEST_P(array_on, may_be_empty) {
  const array<double> none({0}, on), flat({3, 0, 2}, on);
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(flat.size(), 0);
  EXPECT_TRUE(none.get().empty());
  EXPECT_TRUE(none.clone().get().empty());
  EXPECT_TRUE(none.to(stream(device::cpu())).get().empty());
  EXPECT_TRUE(asarray(std::vector<double>{}, on).get().empty());
}

TEST_P(array_on, refuses_with_both_shapes) {
  array<double> a({2, 3}, on);
  EXPECT_EQ(message_of<input_error>([&] { a.set(counting(5)); }),
            "could not copy input array from shape (5,) into shape (2,3)");
  array<double> b({4}, on);
  EXPECT_EQ(message_of<input_error>([&] { b.set(counting(5)); }), "could not copy input array from shape (5,) into shape (4,)");
}

TEST_P(array_on, refuses_impossible_shapes) {
  EXPECT_EQ(message_of<input_error>([&] { array<double>({3, -1}, on); }), "negative dimensions are not allowed: shape (3,-1)");
  EXPECT_EQ(message_of<input_error>([&] { array<double>({1, 1, 1, 1, 1, 1, 1, 1, 1}, on); }), "more than 8 dimensions");
}

TEST_P(array_on, says_when_memory_runs_out) {
  const std::string text = message_of<error>([&] { array<double>({std::int64_t{1} << 45}, on); });
  EXPECT_NE(text.find("cannot allocate"), std::string::npos) << text;
  EXPECT_NE(text.find(std::to_string(std::int64_t{1} << 48)), std::string::npos) << text; // the bytes asked for
  EXPECT_EQ(asarray(counting(5), on).get(), counting(5));                                 // and the device goes on
}

TEST(array, without_arguments_is_empty) { EXPECT_EQ(array<double>().size(), 0); }

TEST(device, all_begins_with_the_cpu) {
  const std::vector<device> devices = device::all();
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices.front(), device::cpu());
  EXPECT_EQ(device::cuda_status().empty(), devices.size() > 1);
  for (std::size_t i = 1; i < devices.size(); ++i) {
    EXPECT_TRUE(devices[i].is_cuda());
    EXPECT_EQ(devices[i].id(), "cuda:" + std::to_string(i - 1));
  }
  for (const device& d : devices) {
    EXPECT_FALSE(d.name().empty());
    EXPECT_GT(d.memory_bytes(), std::size_t{1} << 28);
  }
}

TEST(device, parse) {
  EXPECT_EQ(device::parse("cpu"), device::cpu());
  EXPECT_EQ(device::parse("auto"), device::best());
  EXPECT_EQ(device::parse("cpu:plain"), device::cpu("plain"));
  EXPECT_EQ(device::parse("cpu:plain").instruction_set(), "plain");
  EXPECT_EQ(device::parse("cpu").id(), "cpu");
  if (device::cuda_status().empty()) {
    EXPECT_EQ(device::parse("cuda"), device::cuda(0));
    EXPECT_EQ(device::parse("cuda:0"), device::cuda(0));
  }
}

TEST(device, parse_refuses_other_texts) {
  for (const char* text : {"", "gpu", "CPU", "cpu ", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:99999999999", "auto:1"}) {
    const std::string message = message_of<input_error>([&] { device::parse(text); });
    EXPECT_EQ(message, "device '" + std::string(text) +
                           "' is not known (must be auto, cpu, cpu:avx512, cpu:avx2, cpu:plain, cuda or cuda:N); `dojima "
                           "devices` lists those here");
  }
}

TEST(device, says_what_is_missing) {
  const std::string sse = message_of<device_error>([] { device::cpu("sse9"); });
  EXPECT_NE(sse.find("'sse9'"), std::string::npos) << sse;
  EXPECT_NE(sse.find(device::cpu().instruction_set()), std::string::npos) << sse;
  const std::string gpu = message_of<device_error>([] { device::parse("cuda:77"); });
  EXPECT_NE(gpu.find("cuda:77"), std::string::npos) << gpu;
  const std::string why = device::cuda_status();
  EXPECT_NE(gpu.find(why.empty() ? "GPU(s) here" : why), std::string::npos) << gpu;
}

TEST(device, only_plain_lacks_the_bitwise_promise) {
  EXPECT_FALSE(device::cpu("plain").bitwise());
  for (const device& d : test::all_devices())
    EXPECT_EQ(d.bitwise(), d.is_cuda() || d.instruction_set() != "plain") << test::label(d);
}

TEST(stream, copies_share_the_queue) {
  const stream a(device::best()), b = a;
  EXPECT_EQ(a.handle(), b.handle());
  a.synchronize();
}

} // namespace
} // namespace dojima
