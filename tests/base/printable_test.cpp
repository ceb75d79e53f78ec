#include "base/printable.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(Printable, LeavesPlainTextAndSpellsOutTheRest) {
  EXPECT_EQ(printable("layer1.0.conv1.weight"), "layer1.0.conv1.weight");
  EXPECT_EQ(printable("\x1b[2J\n\xff"), "\\x1b[2J\\x0a\\xff");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, CutsWhatIsLong) {
  EXPECT_EQ(printable("abcdef", 4), "abcd...");
  EXPECT_EQ(printable("abcd", 4), "abcd");
}

}  // namespace
}  // namespace headrace
