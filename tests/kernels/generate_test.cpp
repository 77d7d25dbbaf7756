// The GPU source of fused expressions compiles, for each architecture that is supported: every operation on every type that the
// CPU has a loop for, every reduction, every way of walking through memory. NVRTC needs no GPU for it.
#include "kernels/cpu/loops.hpp"
#include "kernels/cuda/generate.hpp"
#include "kernels/cuda/nvrtc.hpp"
#include "kernels/libraries.hpp"
#include "tests/message_of.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace dojima {
namespace plain {
extern const kernels::loop_table loops;
}
namespace {

using namespace kernels;
namespace fs = std::filesystem;

constexpr dtype types[] = {dtype::boolean, dtype::int32,   dtype::uint32,    dtype::int64,
                           dtype::float32, dtype::float64, dtype::complex64, dtype::complex128};

dtype result_of(op code, dtype type) {
  switch (code) {
  case op::less:
  case op::less_equal:
  case op::greater:
  case op::greater_equal:
  case op::equal:
  case op::not_equal:
  case op::isnan:
  case op::isinf:
  case op::isfinite: return dtype::boolean;
  case op::absolute:
  case op::real:
  case op::imag: return type == dtype::complex64 ? dtype::float32 : type == dtype::complex128 ? dtype::float64 : type;
  default: return type;
  }
}

/// Addresses are never followed here; only their alignment counts.
alignas(64) std::byte memory[64];
operand dense(dtype type, std::initializer_list<std::int64_t> strides) { return {memory, type, extents(strides)}; }

/// Compiles a program for each architecture that is supported.
class generate_test : public testing::Test {
protected:
  void SetUp() override {
    try {
      compile("__global__ void nothing() {}", "sm_90");
    } catch (const library_error& problem) {
      GTEST_SKIP() << problem.what();
    }
  }
  static void expect_compiles(const program& p, const std::string& what,
                              std::initializer_list<const char*> architectures = {"sm_80", "sm_90"}) {
    index_fault fault{};
    const gpu_launch launch = plan_launch(p, &fault);
    EXPECT_GT(launch.blocks, 0u) << what;
    const std::string source = generate(p, launch);
    for (const char* architecture : architectures) {
      try {
        EXPECT_GT(compile(source, architecture).size(), 100u) << what;
      } catch (const std::exception& problem) {
        ADD_FAILURE() << what << " for " << architecture << ": " << problem.what() << "\n" << source;
        return;
      }
    }
  }
};

/// All operations that a type has, in one kernel.
program every_operation(dtype type, const extents& domain, const extents& strides) {
  program p;
  p.domain = domain;
  for (const dtype input : {dtype::boolean, type, type, type}) p.inputs.push_back({memory, input, strides});
  auto next = static_cast<register_id>(p.inputs.size());
  const auto write = [&](dtype of) { p.outputs.push_back({next++, {memory, of, strides}}); };
  for (int c = 1; c < static_cast<int>(op::count); ++c) {
    const auto code = static_cast<op>(c);
    if (plain::loops.operations[c][static_cast<int>(type)] == nullptr) continue;
    const dtype result = result_of(code, type);
    instruction i{code,
                  type,
                  result,
                  {1, arity_of(code) > 1 ? register_id{2} : no_register, arity_of(code) > 2 ? register_id{3} : no_register}};
    if (code == op::where) i.args[0] = 0;
    p.body.push_back(i);
    write(result);
  }
  for (const dtype to : types) {
    p.body.push_back({op::cast, to, to, {1, no_register, no_register}});
    write(to);
  }
  return p;
}

TEST_F(generate_test, every_operation_on_every_type) {
  std::vector<bool> seen(static_cast<std::size_t>(op::count));
  for (const dtype type : types) {
    const program p = every_operation(type, {1000, 7}, {14, 2});
    for (const instruction& i : p.body) seen[static_cast<std::size_t>(i.code)] = true;
    expect_compiles(p, dojima::name_of(type));
  }
  for (std::size_t c = 0; c < seen.size(); ++c) EXPECT_TRUE(seen[c]) << name_of(static_cast<op>(c));
}

TEST_F(generate_test, vectors_of_every_type) {
  for (const dtype type : types) { // a ? b + 1 : c + 1
    program p;
    p.domain = {100000};
    p.inputs = {dense(type, {1}), dense(type, {1}), dense(type, {0})};
    p.constants = {{type, {1, 0}}};
    p.body = {{op::cast, dtype::boolean, dtype::boolean, {0, no_register, no_register}},
              {op::where, type, type, {4, 1, 2}}, // register 4 is the condition
              {op::add, type, type, {5, 3, no_register}}};
    p.outputs = {{6, dense(type, {1})}};
    expect_compiles(p, dojima::name_of(type));
  }
}

TEST_F(generate_test, shapes_of_elementwise_work) {
  const auto sum = [](const extents& domain, operand a, operand b, operand to) {
    program p;
    p.domain = domain;
    p.inputs = {a, b};
    p.body = {{op::add, a.type, a.type, {0, 1, no_register}}};
    p.outputs = {{2, to}};
    return p;
  };
  const dtype d = dtype::float64;
  expect_compiles(sum({}, dense(d, {}), dense(d, {}), dense(d, {})), "one element");
  expect_compiles(sum({100}, dense(d, {-1}), dense(d, {1}), dense(d, {1})), "reversed");
  expect_compiles(sum({100}, dense(d, {2}), dense(d, {0}), dense(d, {3})), "strided");
  expect_compiles(sum({4, 5, 6}, dense(d, {1, 4, 20}), dense(d, {0, 0, 1}), dense(d, {30, 6, 1})), "transposed and broadcast");
  expect_compiles(sum({2, 2, 2, 2, 2, 2, 2, 2}, dense(d, {128, 64, 32, 16, 8, 4, 2, 1}),
                      dense(d, {1, 2, 4, 8, 16, 32, 64, 128}), dense(d, {128, 64, 32, 16, 8, 4, 2, 1})),
                  "eight dimensions");
  expect_compiles(
      sum({std::int64_t{1} << 20, std::int64_t{1} << 14}, dense(d, {0, 1}), dense(d, {1, 0}), dense(d, {1 << 14, 1})),
      "more than 2^31 elements");
  program copy; // an output that is an input, and one that is a constant
  copy.domain = {100};
  copy.inputs = {dense(d, {1})};
  copy.constants = {{dtype::complex128, {0, 0}}};
  copy.outputs = {{0, dense(d, {1})}, {1, dense(dtype::complex128, {1})}};
  expect_compiles(copy, "copy");
  program count; // the coordinate itself
  count.domain = {100, 3};
  count.inputs = {{nullptr, dtype::int64, {3, 1}, 5}};
  count.outputs = {{0, dense(dtype::int64, {3, 1})}};
  expect_compiles(count, "coordinates");
}

program gather(dtype type, std::size_t reduced) {
  program p;
  p.domain = {50, 100};
  p.reduced = reduced;
  operand from = dense(type, {0, 1});
  from.index = 0;
  from.index_stride = 100;
  from.index_extent = 70;
  p.inputs = {dense(dtype::int64, {1, 0}), from};
  if (reduced == 0) {
    p.outputs = {{1, dense(type, {100, 1})}};
  } else {
    p.accumulators = {{reduction::sum, type, 1}};
    p.outputs = {{2, dense(type, {1})}};
  }
  return p;
}

TEST_F(generate_test, indexed_inputs_and_outputs) {
  for (const dtype type : types) expect_compiles(gather(type, 0), dojima::name_of(type));
  expect_compiles(gather(dtype::float64, 1), "reduced");
  program twice = gather(dtype::int32, 0); // indexed by the same register
  twice.inputs.push_back(twice.inputs[1]);
  twice.body = {{op::add, dtype::int32, dtype::int32, {1, 2, no_register}}};
  twice.outputs[0].value = 3;
  expect_compiles(twice, "two inputs");
  program scatter;
  scatter.domain = {100};
  scatter.inputs = {dense(dtype::float32, {1}), dense(dtype::int64, {1})};
  scatter.body = {{op::negative, dtype::float32, dtype::float32, {0, no_register, no_register}}};
  output to{2, dense(dtype::float32, {0})};
  to.to.index = 1;
  to.to.index_stride = 1;
  scatter.outputs = {to};
  expect_compiles(scatter, "scatter");
}

/// Every reduction that a type has over the last dimension of `domain`.
program every_reduction(dtype type, const extents& domain, const extents& strides) {
  program p;
  p.domain = domain;
  p.reduced = 1;
  p.inputs = {{memory, type, strides}};
  p.body = {{op::where, type, type, {1, 0, 0}}};
  p.constants = {{dtype::boolean, {1, 0}}};
  const bool tiled = p.tiles() > 1;
  auto next = static_cast<register_id>(p.body_registers());
  for (const reduction what : {reduction::sum, reduction::prod, reduction::min, reduction::max, reduction::argmin,
                               reduction::argmax, reduction::any, reduction::all}) {
    const bool logical = what == reduction::any || what == reduction::all;
    if (plain::loops.lane[static_cast<int>(what)][static_cast<int>(type)].begin == nullptr) continue;
    EXPECT_TRUE(!logical || type == dtype::boolean);
    p.accumulators.push_back({what, type, 2});
    const auto write = [&](dtype of) { p.outputs.push_back({next++, tiled ? dense(of, {p.tiles(), 1}) : dense(of, {1})}); };
    write(type);
    if (has_position(what)) write(dtype::int64);
  }
  return p;
}

TEST_F(generate_test, every_reduction_of_every_type) {
  for (const dtype type : types) {
    const std::string name = dojima::name_of(type);
    expect_compiles(every_reduction(type, {40, 100}, {100, 1}), name + " along rows");
    expect_compiles(every_reduction(type, {40, 3}, {3, 1}), name + " along short rows", {"sm_90"});
    expect_compiles(every_reduction(type, {40, 5000}, {5000, 1}), name + " along rows in tiles", {"sm_90"});
  }
}

TEST_F(generate_test, reductions_down_columns) {
  for (const dtype type : types)
    for (const reduction what : {reduction::sum, reduction::prod, reduction::min, reduction::max, reduction::argmin,
                                 reduction::argmax, reduction::any, reduction::all}) {
      if (plain::loops.lane[static_cast<int>(what)][static_cast<int>(type)].begin == nullptr) continue;
      if (what == reduction::prod && type != dtype::complex128) continue; // as sum
      for (const std::int64_t length : {100, 5000}) {
        if ((length == 5000) != (size_of(type) == 8) && what != reduction::argmin) continue; // whole or in tiles
        program p;
        p.domain = {64, length};
        p.reduced = 1;
        p.inputs = {dense(type, {1, 64})};
        p.accumulators = {{what, type, 0}};
        const bool position = has_position(what);
        p.outputs = {{static_cast<register_id>(position ? 2 : 1), dense(position ? dtype::int64 : type, {1})}};
        if (p.tiles() > 1) p.outputs[0].to.strides = {p.tiles(), 1};
        expect_compiles(p, std::string(dojima::name_of(type)) + ", reduction " + std::to_string(static_cast<int>(what)),
                        {"sm_90"});
      }
    }
}

TEST_F(generate_test, second_level_of_positions_and_the_epilogue) {
  program p; // sqrt(max) and argmax of tiles, beside another input
  p.domain = {10, 40};
  p.reduced = 1;
  p.inputs = {dense(dtype::float64, {40, 1}), dense(dtype::int64, {40, 1}), dense(dtype::float64, {1, 0})};
  p.constants = {{dtype::float64, {0, 0}}};
  p.accumulators = {{reduction::argmax, dtype::float64, 0, 1}, {reduction::sum, dtype::float64, 0}};
  p.epilogue = {{op::sqrt, dtype::float64, dtype::float64, {6, no_register, no_register}},
                {op::add, dtype::float64, dtype::float64, {7, 2, no_register}},
                {op::multiply, dtype::float64, dtype::float64, {8, 3, no_register}}};
  p.outputs = {{9, dense(dtype::float64, {1})}, {5, dense(dtype::int64, {1})}};
  expect_compiles(p, "epilogue");
  p.ordered = false;
  expect_compiles(p, "unordered");
  p.domain = {40};
  p.inputs = {dense(dtype::float64, {1}), dense(dtype::int64, {1}), dense(dtype::float64, {0})};
  p.outputs = {{9, dense(dtype::float64, {})}, {5, dense(dtype::int64, {})}};
  expect_compiles(p, "to one number");
}

TEST_F(generate_test, what_differs_in_numbers_alone_shares_a_kernel) {
  const auto key = [](std::int64_t n, std::int64_t stride, std::uint64_t bits, op code, register_id left = 0,
                      register_id right = 1) {
    program p;
    p.domain = {n};
    p.inputs = {dense(dtype::float64, {stride})};
    p.constants = {{dtype::float64, {bits, 0}}};
    p.body = {{code, dtype::float64, dtype::float64, {left, right, no_register}}};
    p.outputs = {{2, dense(dtype::float64, {1})}};
    return plan_launch(p, nullptr).key;
  };
  EXPECT_EQ(key(100, 1, 5, op::add), key(2000, 1, 7, op::add));
  EXPECT_EQ(key(100, 2, 5, op::add), key(2000, 30, 7, op::add));
  EXPECT_NE(key(100, 1, 5, op::add), key(100, 2, 5, op::add));
  EXPECT_NE(key(100, 1, 5, op::add), key(100, 1, 5, op::multiply));
  EXPECT_NE(key(100, 1, 5, op::subtract, 0, 1), key(100, 1, 5, op::subtract, 1, 0));
}

TEST_F(generate_test, code_is_kept_on_disk) {
  const fs::path directory = fs::path(testing::TempDir()) / "dojima_generate_test";
  fs::remove_all(directory);
  const char* before = std::getenv("DOJIMA_CACHE_DIR");
  const std::string restore = before != nullptr ? before : "";
  setenv("DOJIMA_CACHE_DIR", directory.c_str(), 1);
  const std::string source = "extern \"C\" __global__ void twice(double* x) { x[threadIdx.x] *= 2; }";
  const int at_first = compilations();
  const auto begin = std::chrono::steady_clock::now();
  const std::string code = compile(source, "sm_90");
  const auto middle = std::chrono::steady_clock::now();
  EXPECT_EQ(compilations(), at_first + 1);
  EXPECT_EQ(compile(source, "sm_90"), code);
  const auto end = std::chrono::steady_clock::now();
  EXPECT_EQ(compilations(), at_first + 1);
  std::cout << "compiled in " << std::chrono::duration<double, std::milli>(middle - begin).count() << " ms, read in "
            << std::chrono::duration<double, std::milli>(end - middle).count() << " ms\n";
  for (const fs::path& file : fs::directory_iterator(directory))
    fs::resize_file(file, fs::file_size(file) / 2); // a broken file
  EXPECT_EQ(compile(source, "sm_90"), code);
  EXPECT_EQ(compilations(), at_first + 2);
  EXPECT_NE(compile(source, "sm_80"), code);
  if (before != nullptr) setenv("DOJIMA_CACHE_DIR", restore.c_str(), 1);
  else unsetenv("DOJIMA_CACHE_DIR");
  fs::remove_all(directory);
}

TEST_F(generate_test, errors_carry_the_log) {
  const std::string text =
      test::message_of<std::runtime_error>([] { compile("__global__ void f() { undeclared(); }", "sm_90"); });
  EXPECT_NE(text.find("undeclared"), std::string::npos) << text;
}

} // namespace
} // namespace dojima
