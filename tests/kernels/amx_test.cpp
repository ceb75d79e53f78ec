// What is AMX's own: permission, and tiles given back. Its sums are tested with all others (conv_u8_test.cpp).
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "base/cpu.h"
#include "kernels/amx/conv.h"
#include "kernels/conv_problem.h"
#include "kernels/tables.h"
#include "support/test_support.h"

namespace headrace::kernels::testing {
namespace {

// Whether this thread's tiles hold anything (XINUSE: the register states that are not as at the start).
bool tiles_in_use() {
  unsigned low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
  return (low & 0x60000u) != 0;
}

TEST(Amx, TilesAreGivenBack) {
  if (!amx_table().supported()) GTEST_SKIP() << "not run: amx";
  Dice dice(1);
  const ConvProblem p = pointwise_conv(64, 256, 64);
  const auto packed = pack_conv_u8(amx_table().conv_u8_geometry, p.shape, dice.values<int8_t>(p.weight_count()),
                                   std::vector<int32_t>(64), std::vector<float>(64, 1e-4f));
  ASSERT_OK(packed);
  Picture<uint8_t> input(dice, 1, 64, 256), output(dice, 1, 64, 64);
  run_conv(amx::conv_u8_on_tiles, amx::kWorkspaceBytes, p, *packed, {}, input, output, nullptr, 1);
  EXPECT_FALSE(tiles_in_use());
}

// Linux refuses tiles where a thread's alternate signal stack cannot hold them. In a process of its own: it asks once.
void ask_with_a_small_signal_stack() {
  static std::array<char, 4096> memory;
  stack_t stack = {};
  stack.ss_sp = memory.data(), stack.ss_size = memory.size();
  if (sigaltstack(&stack, nullptr) != 0) std::exit(2);
  const auto chosen = find_kernels("");
  std::exit(!amx_table().supported() && chosen.ok() && (*chosen)->isa == std::string_view("avx512vnni") ? 0 : 1);
}

TEST(AmxDeathTest, WithoutPermissionAvx512IsChosen) {
  if (!cpu_info().amx_int8) GTEST_SKIP() << "not run: amx";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ask_with_a_small_signal_stack(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace headrace::kernels::testing
