// Register packs give the bits of scalars, for each instruction set that this machine has.
#include <gtest/gtest.h>

namespace dojima {

using reporter = void (*)(const char* what, int differing);
namespace plain {
void compare_packs(reporter report_double, reporter report_single);
}
namespace avx2 {
void compare_packs(reporter report_double, reporter report_single);
}
namespace avx512 {
void compare_packs(reporter report_double, reporter report_single);
}

namespace {

void expect_none_in_double(const char* what, int differing) { EXPECT_EQ(differing, 0) << "double: " << what; }
void expect_none_in_single(const char* what, int differing) { EXPECT_EQ(differing, 0) << "single: " << what; }

TEST(packs, plain) { plain::compare_packs(expect_none_in_double, expect_none_in_single); }

TEST(packs, avx2) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) GTEST_SKIP() << "no AVX2 here";
  avx2::compare_packs(expect_none_in_double, expect_none_in_single);
}

TEST(packs, avx512) {
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512bw"))
    GTEST_SKIP() << "no AVX-512 here";
  avx512::compare_packs(expect_none_in_double, expect_none_in_single);
}

} // namespace
} // namespace dojima
