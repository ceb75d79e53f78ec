// Text goldens: what a function wrote, compared with a file that people have looked at. HEADRACE_UPDATE_GOLDENS=1 writes the
// files anew; the difference is then reviewed like any other.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "support/paths.h"
#include "support/test_support.h"

namespace headrace::testing {

// `name` is a path within tests/golden, such as "report/table.txt".
inline void expect_golden(const std::string& text, const std::string& name) {
  const std::filesystem::path path = std::filesystem::path(testing::test_data()) / "golden" / name;
  if (std::getenv("HEADRACE_UPDATE_GOLDENS") != nullptr) return write_file(path, text);
  EXPECT_TRUE(std::filesystem::exists(path)) << path << " does not exist";
  EXPECT_EQ(text, read_file(path)) << "see tests/golden/" << name;
}

}  // namespace headrace::testing
