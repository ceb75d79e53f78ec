#include "readers/pt2/symbol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "readers/pt2/stack.h"
#include "support/test_support.h"

namespace headrace::pt2 {
namespace {

std::string readable(std::string_view text) {
  auto result = readable_expression(text);
  return result.ok() ? *result : "error: " + result.error().describe();
}

TEST(Symbol, ExpressionsAsAPersonWritesThem) {
  EXPECT_EQ(readable("Symbol('s77', positive=True, integer=True)"), "s77");
  EXPECT_EQ(readable("Mul(Integer(8), Symbol('s53', integer=True, positive=True))"), "8*s53");
  EXPECT_EQ(readable("Add(Integer(-1), Symbol('s0'))"), "-1 + s0");
  EXPECT_EQ(readable("Mul(Integer(2), Add(Symbol('a'), Integer(1)))"), "2*(a + 1)");
  EXPECT_EQ(readable("FloorDiv(Symbol('s53', positive=True), Integer(2))"), "s53//2");
  EXPECT_EQ(readable("Mod(Symbol('s0'), Integer(3))"), "Mod(s0, 3)");
  EXPECT_EQ(readable("s0"), "s0");
  EXPECT_EQ(readable("2*(s0 + 1)"), "2*(s0 + 1)");  // not srepr: as it stands
}

TEST(Symbol, WhatIsBrokenIsKeptAndWhatIsDeepRefused) {
  EXPECT_EQ(readable("Mul(Integer(8"), "Mul(Integer(8");
  EXPECT_EQ(readable("Symbol('s"), "Symbol('s");
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "Add(";
  EXPECT_THAT(readable(deep), ::testing::HasSubstr("nested deeper than 64 levels"));
}

TEST(Symbol, OnlySymbolsAloneAreSymbols) {
  EXPECT_TRUE(is_symbol("s77"));
  EXPECT_FALSE(is_symbol("2*s77"));
  EXPECT_FALSE(is_symbol(""));
}

TEST(Stack, TheModuleIsTheInnermost) {
  EXPECT_EQ(innermost_module("L__self__,,Net;L__self__conv,layer1.0.conv,torch.nn.Conv2d"), "layer1.0.conv");
  EXPECT_EQ(innermost_module("L__self__,,Net"), "");
  EXPECT_EQ(innermost_module("nonsense"), "");
}

TEST(Stack, TheSourceIsTheInnermostLineOfTheUsersProgram) {
  EXPECT_EQ(innermost_source("File \"/home/me/net.py\", line 66, in forward\n    return self.fc(x)\n"
                             "  File \"/lib/torch/nn/modules/linear.py\", line 134, in forward\n    return F.linear(x)"),
            "net.py:66, in forward: return self.fc(x)");
  EXPECT_EQ(innermost_source("File \"a.py\", line 1, in f"), "a.py:1, in f");
  EXPECT_EQ(innermost_source("File \"unfinished"), "unfinished");
  EXPECT_EQ(innermost_source(""), "");
}

}  // namespace
}  // namespace headrace::pt2
