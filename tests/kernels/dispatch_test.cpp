#include "kernels/dispatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "support/test_support.h"

namespace headrace::kernels {
namespace {

// Sets HEADRACE_ISA for a scope.
class ForcedIsa {
 public:
  explicit ForcedIsa(const char* isa) {
    if (const char* old = std::getenv("HEADRACE_ISA")) old_ = old, had_ = true;
    setenv("HEADRACE_ISA", isa, 1);
  }
  ~ForcedIsa() { had_ ? setenv("HEADRACE_ISA", old_.c_str(), 1) : unsetenv("HEADRACE_ISA"); }
  ForcedIsa(const ForcedIsa&) = delete;
  ForcedIsa& operator=(const ForcedIsa&) = delete;

 private:
  std::string old_;
  bool had_ = false;
};

TEST(Dispatch, ReferenceIsLastAndRunsEverywhere) {
  ASSERT_FALSE(kernel_tables().empty());
  EXPECT_STREQ(kernel_tables().back()->isa, "reference");
  EXPECT_TRUE(kernel_tables().back()->supported());
}

TEST(Dispatch, TheFirstSupportedTableIsChosen) {
  const auto chosen = find_kernels("");
  ASSERT_OK(chosen);
  for (const KernelTable* table : kernel_tables()) {
    if (table == *chosen) break;
    EXPECT_FALSE(table->supported()) << table->isa;
  }
}

TEST(Dispatch, EveryTableHasEveryConvolution) {
  for (const KernelTable* table : kernel_tables()) {
    EXPECT_NE(table->conv_u8, nullptr) << table->isa;
    EXPECT_NE(table->conv_f32, nullptr) << table->isa;
    EXPECT_NE(table->gemm_s16, nullptr) << table->isa;
  }
}

TEST(Dispatch, TheEnvironmentForcesATable) {
  for (const KernelTable* table : kernel_tables()) {
    const ForcedIsa forced(table->isa);
    const auto chosen = select_kernels();
    if (table->supported()) {
      ASSERT_OK(chosen);
      EXPECT_STREQ((*chosen)->isa, table->isa);
    } else {
      EXPECT_ERROR(chosen, "HEADRACE_ISA: this CPU cannot run the '" + std::string(table->isa) + "' kernels");
      EXPECT_ERROR(chosen, "avx2");
      EXPECT_EQ(chosen.error().code, ErrorCode::kUnsupported);
    }
  }
}

TEST(Dispatch, AnUnknownNameIsAnError) {
  const ForcedIsa forced("avx1024");
  const auto chosen = select_kernels();
  EXPECT_ERROR(chosen, "HEADRACE_ISA: there are no kernels called 'avx1024'; the choices are: amx");
  EXPECT_EQ(chosen.error().code, ErrorCode::kInvalidArgument);
}

TEST(Dispatch, AnEmptyForceIsNone) {
  const ForcedIsa forced("");
  const auto chosen = select_kernels();
  ASSERT_OK(chosen);
  EXPECT_EQ(*chosen, *find_kernels(""));
}

}  // namespace
}  // namespace headrace::kernels
