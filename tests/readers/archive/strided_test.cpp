// Views on storages: what they mean, and those that mean nothing.
#include "readers/archive/strided.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support/test_support.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kHuge = INT64_MAX;

// Twelve floats: 0, 1, ..., 11.
struct Storage {
  std::shared_ptr<std::vector<float>> values = std::make_shared<std::vector<float>>(12);
  Storage() { std::iota(values->begin(), values->end(), 0.0f); }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(*values)); }
};

Result<Tensor> view(std::vector<int64_t> sizes, std::vector<int64_t> strides, int64_t offset = 0, DType dtype = DType::kFloat32,
                    CopyBudget* budget = nullptr) {
  const Storage storage;
  return materialize({dtype, std::move(sizes), std::move(strides), offset}, storage.bytes(), storage.values, budget);
}

std::vector<float> values_of(const Result<Tensor>& tensor) {
  if (!tensor.ok()) return {};
  const auto values = tensor->as<float>();
  return {values.begin(), values.end()};
}

TEST(Materialize, ContiguousIsAWindowOfTheStorage) {
  const Storage storage;
  const auto tensor = materialize({DType::kFloat32, {2, 3}, {3, 1}, 4}, storage.bytes(), storage.values);
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->dims(), (Dims{2, 3}));
  EXPECT_EQ(tensor->bytes().data(), storage.bytes().data() + 16);
  EXPECT_EQ(storage.values.use_count(), 2);
}

TEST(Materialize, StridesOfSingleExtentsDoNotMatter) {
  const Storage storage;
  const auto tensor = materialize({DType::kFloat32, {1, 4, 1}, {kHuge, 1, 77}, 0}, storage.bytes(), storage.values);
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->bytes().data(), storage.bytes().data());
}

TEST(Materialize, CopiesWhatIsNotContiguous) {
  EXPECT_THAT(values_of(view({3, 2}, {1, 3})), ElementsAre(0, 3, 1, 4, 2, 5));                   // a transpose
  EXPECT_THAT(values_of(view({2, 2, 2}, {6, 1, 3}, 1)), ElementsAre(1, 4, 2, 5, 7, 10, 8, 11));  // permuted
  EXPECT_THAT(values_of(view({4}, {3})), ElementsAre(0, 3, 6, 9));                               // a column
  EXPECT_THAT(values_of(view({2, 2}, {0, 1}, 5)), ElementsAre(5, 6, 5, 6));                      // expanded
  EXPECT_THAT(values_of(view({1, 2, 1}, {kHuge, 2, kHuge})), ElementsAre(0, 2));
  EXPECT_THAT(values_of(view({3}, {1}, 1)), ElementsAre(1, 2, 3));  // contiguous, but not aligned to 8 bytes
}

TEST(Materialize, ScalarsAndEmptyTensors) {
  EXPECT_THAT(values_of(view({}, {}, 7)), ElementsAre(7));
  const auto empty = view({0, 4}, {4, 1}, 1000);
  ASSERT_OK(empty);
  EXPECT_EQ(empty->dims(), (Dims{0, 4}));
}

TEST(Materialize, SaysHowMuchAStorageFallsShort) {
  EXPECT_ERROR(view({13}, {1}), "needs 52 bytes, and its storage has 48");
  EXPECT_ERROR(view({1}, {1}, 12), "needs 52 bytes, and its storage has 48");
  EXPECT_ERROR(view({3, 3}, {5, 1}), "sizes [3, 3], strides [5, 1] and offset 0 needs 52 bytes");
  EXPECT_ERROR(view({7}, {1}, 0, DType::kFloat64), "needs 56 bytes");
  EXPECT_ERROR(view({}, {}, kHuge - 1), "needs 2^64 or more bytes");
}

TEST(Materialize, RefusesNegativeAndOverflowingFields) {
  EXPECT_ERROR(view({-1}, {1}), "negative size or stride: sizes [-1]");
  EXPECT_ERROR(view({2}, {-1}, 3), "strides [-1]");
  EXPECT_ERROR(view({2}, {1}, -1), "negative offset, -1");
  EXPECT_ERROR(view({2}, {kHuge}), "reaches further than numbers go");
  EXPECT_ERROR(view({3}, {kHuge}), "reaches further than numbers go");
  EXPECT_ERROR(view({}, {}, kHuge), "reaches further than numbers go");
  EXPECT_ERROR(view({int64_t{1} << 32, int64_t{1} << 32}, {0, 0}), "more than 2^62 elements");
  EXPECT_ERROR(view({int64_t{1} << 60}, {0}), "reaches further than numbers go");
  EXPECT_ERROR(view({2, 2}, {1}), "2 sizes and 1 strides");
}

TEST(Materialize, RefusesTypesWithoutWholeBytes) {
  EXPECT_ERROR(view({2}, {1}, 0, DType::kInt4), "type int4 has no strides");
  EXPECT_ERROR(view({2}, {1}, 0, DType::kString), "type string has no strides");
  EXPECT_ERROR(view({2}, {1}, 0, static_cast<DType>(99)), "type undefined has no strides");
}

TEST(Materialize, AViewThatSpreadsAStorageOutIsBounded) {
  ASSERT_OK(view({100, 100}, {0, 0}));
  EXPECT_ERROR(view({1000, 1000}, {0, 0}), "takes 4000000 bytes more than the file is worth");
  EXPECT_ERROR(view({int64_t{1} << 50}, {0}), "save its tensors with .contiguous()");
}

TEST(Materialize, CopiesAreTakenOffTheBudget) {
  CopyBudget budget{100};
  ASSERT_OK(view({3, 4}, {1, 3}, 0, DType::kFloat32, &budget));
  EXPECT_EQ(budget.bytes, 52u);
  ASSERT_OK(view({12}, {1}, 0, DType::kFloat32, &budget));  // a window costs nothing
  EXPECT_EQ(budget.bytes, 52u);
  ASSERT_OK(view({3, 4}, {1, 3}, 0, DType::kFloat32, &budget));
  EXPECT_ERROR(view({3, 4}, {1, 3}, 0, DType::kFloat32, &budget), "4 are left");
}

TEST(Materialize, ABoolIsZeroOrOne) {
  EXPECT_ERROR(view({4}, {1}, 4, DType::kBool), "neither 0 nor 1");  // bytes of 1.0f
  ASSERT_OK(view({4}, {1}, 0, DType::kBool));
}

}  // namespace
}  // namespace headrace
