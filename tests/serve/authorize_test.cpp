#include "serve/authorize.h"

#include <gtest/gtest.h>

namespace headrace::serve {
namespace {

Access tokens(const char* data, const char* control) {
  Access access;
  access.data_token = data;
  access.control_token = control;
  return access;
}

TEST(Authorize, WithoutTokensEverybodyMay) {
  EXPECT_TRUE(authorized({}, Scope::kData, ""));
  EXPECT_TRUE(authorized({}, Scope::kControl, "Bearer what"));
}

TEST(Authorize, HealthIsAlwaysOpen) { EXPECT_TRUE(authorized(tokens("a", "b"), Scope::kOpen, "")); }

TEST(Authorize, DataAndControlHaveTokensOfTheirOwn) {
  const Access access = tokens("data", "control");
  EXPECT_TRUE(authorized(access, Scope::kData, "Bearer data"));
  EXPECT_TRUE(authorized(access, Scope::kControl, "bearer  control"));
  EXPECT_FALSE(authorized(access, Scope::kData, "Bearer control"));
  EXPECT_FALSE(authorized(access, Scope::kControl, "Bearer data"));
}

TEST(Authorize, DatasTokenStandsInForControls) {
  EXPECT_FALSE(authorized(tokens("data", ""), Scope::kControl, ""));
  EXPECT_TRUE(authorized(tokens("data", ""), Scope::kControl, "Bearer data"));
}

TEST(Authorize, OnlyTheWholeTokenWillDo) {
  const Access access = tokens("data", "");
  for (const char* given : {"", "Bearer", "Bearer ", "Bearer dat", "Bearer datax", "Bearer datadata", "Basic data", "data"})
    EXPECT_FALSE(authorized(access, Scope::kData, given)) << given;
}

}  // namespace
}  // namespace headrace::serve
