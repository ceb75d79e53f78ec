#include "base/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/float16.h"
#include "base/parallel.h"
#include "support/test_support.h"

namespace headrace {
namespace {

TEST(Tensor, WrapRefusesBytesThatDoNotFitTheShape) {
  const std::vector<float> values(6);
  const auto* data = reinterpret_cast<const std::byte*>(values.data());
  EXPECT_TRUE(Tensor::wrap(DType::kFloat32, {2, 3}, nullptr, data, 24).ok());
  EXPECT_ERROR(Tensor::wrap(DType::kFloat32, {2, 4}, nullptr, data, 24), "does not fit");
  EXPECT_ERROR(Tensor::wrap(DType::kFloat32, {-1, 3}, nullptr, data, 24), "negative");
  EXPECT_ERROR(Tensor::wrap(DType::kFloat32, {1 << 30, 1 << 30, 1 << 30}, nullptr, data, 24), "2^62");
}

TEST(Tensor, CopiesShareBytesAndClonesDoNot) {
  const Tensor a = Tensor::from(Dims{2}, std::vector<float>{1, 2});
  const Tensor b = a;
  EXPECT_EQ(a.bytes().data(), b.bytes().data());
  EXPECT_NE(a.clone().bytes().data(), a.bytes().data());
  EXPECT_TRUE(a.clone().same_bits(a));
}

TEST(Tensor, KnowsWhetherItMayBeWrittenInPlace) {
  Tensor a = Tensor::allocate(DType::kFloat32, {2});
  EXPECT_TRUE(a.exclusively_owned());
  {
    const Tensor b = a;
    EXPECT_FALSE(a.exclusively_owned());
  }
  EXPECT_TRUE(a.exclusively_owned());
  const auto owner = std::make_shared<std::vector<float>>(2);
  const auto wrapped = Tensor::wrap(DType::kFloat32, {2}, owner, reinterpret_cast<const std::byte*>(owner->data()), 8);
  ASSERT_OK(wrapped);
  EXPECT_FALSE(wrapped->exclusively_owned());
}

TEST(Tensor, FourBitTypesArePacked) { EXPECT_EQ(Tensor::allocate(DType::kInt4, {3}).byte_size(), 2u); }

TEST(Float16, WidensExactly) {
  EXPECT_EQ(float16_to_float(0x3c00), 1.0f);
  EXPECT_EQ(float16_to_float(0xc000), -2.0f);
  EXPECT_EQ(float16_to_float(0x0001), 0x1p-24f);
  EXPECT_EQ(float16_to_float(0x7bff), 65504.0f);
  EXPECT_EQ(bfloat16_to_float(0x3f80), 1.0f);
}

TEST(Shape, Broadcasts) {
  EXPECT_EQ(broadcast({2, 1, 4}, {3, 1}), (Dims{2, 3, 4}));
  EXPECT_EQ(broadcast({2}, {3}), std::nullopt);
}

TEST(ParallelFor, VisitsEveryIndexOnce) {
  std::vector<int> seen(1000);
  parallel_for(seen.size(), 4, [&](size_t i) { ++seen[i]; });
  EXPECT_THAT(seen, ::testing::Each(1));
}

}  // namespace
}  // namespace headrace
