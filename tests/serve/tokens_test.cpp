#include "serve/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/test_support.h"

namespace headrace::serve {
namespace {

using headrace::testing::TemporaryFolder;
using headrace::testing::write_file;

class TokensTest : public ::testing::Test {
 protected:
  ~TokensTest() override {
    unsetenv("HEADRACE_DATA_TOKEN");
    unsetenv("HEADRACE_CONTROL_TOKEN");
  }
  TemporaryFolder folder_;
};

TEST_F(TokensTest, NoneByDefault) {
  Access access;
  ASSERT_OK(read_tokens(access));
  EXPECT_EQ(access.data_token, "");
  EXPECT_EQ(access.control_token, "");
}

TEST_F(TokensTest, FromTheEnvironmentOrFromAFileWhichWins) {
  setenv("HEADRACE_DATA_TOKEN", "data", 1);
  setenv("HEADRACE_CONTROL_TOKEN", "control", 1);
  write_file(folder_ / "token", " secret\r\n");
  Access access;
  access.control_token_file = (folder_ / "token").string();
  ASSERT_OK(read_tokens(access));
  EXPECT_EQ(access.data_token, "data");
  EXPECT_EQ(access.control_token, "secret");
}

TEST_F(TokensTest, AnEmptyTokenOpensNothing) {
  write_file(folder_ / "token", "\n");
  Access access;
  access.data_token_file = (folder_ / "token").string();
  EXPECT_ERROR(read_tokens(access), "is empty");
  access.data_token_file = (folder_ / "missing").string();
  EXPECT_ERROR(read_tokens(access), "missing");
  setenv("HEADRACE_DATA_TOKEN", " ", 1);
  access.data_token_file.clear();
  EXPECT_ERROR(read_tokens(access), "HEADRACE_DATA_TOKEN is set, but empty");
}

}  // namespace
}  // namespace headrace::serve
