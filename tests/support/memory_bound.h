// However much a file asks for, reading takes no more memory than the file's size and 64 MB.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "base/mapped_file.h"
#include "support/pickle_writer.h"
#include "support/test_support.h"

namespace headrace::testing {

// The largest growth of this process' resident memory while `body` runs, in bytes; -1 where it cannot be told: under a sanitizer,
// which holds memory of its own, or where /proc/self/clear_refs is not writable.
int64_t peak_growth(const std::function<void()>& body);

// Reads `bytes` and expects an error with `part`, and no more memory than their size and 64 MB.
template <typename Read>
void expect_refused_within_bounds(std::string bytes, const std::string& part, const Read& read) {
  const auto allowed = static_cast<int64_t>(bytes.size() + (size_t{64} << 20));
  const auto file = file_of(std::move(bytes));
  const int64_t growth = peak_growth([&] { EXPECT_ERROR(read(file), part); });
  if (growth < 0) GTEST_LOG_(INFO) << "memory not measured: sanitizer, or /proc/self/clear_refs is not writable";
  else EXPECT_LE(growth, allowed);
}

}  // namespace headrace::testing
