#include "base/memory.h"

#include <gtest/gtest.h>

#include <vector>

namespace headrace {
namespace {

TEST(Memory, ResidentBytesCountWhatWasTouched) {
  const uint64_t before = resident_bytes();
  EXPECT_GT(before, 0u);
  const std::vector<char> touched(64 << 20, 'x');
  EXPECT_GE(resident_bytes(), before + (32 << 20));
  EXPECT_EQ(touched.back(), 'x');
}

}  // namespace
}  // namespace headrace
