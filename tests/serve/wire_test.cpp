#include "serve/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace headrace::serve {
namespace {

using ::testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

Result<Tensor> parse(DType dtype, Dims dims, const std::string& raw) {
  auto owner = std::make_shared<std::string>(raw);
  return tensor_of_raw(dtype, std::move(dims), owner, bytes_of(*owner));
}

TEST(Wire, EveryDatatypeHasItsType) {
  for (const char* name : {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32",
                           "FP64", "BYTES", "BF16"}) {
    const std::optional<DType> dtype = dtype_of_datatype(name);
    ASSERT_TRUE(dtype.has_value()) << name;
    EXPECT_EQ(datatype_of(*dtype), name);
  }
  EXPECT_FALSE(dtype_of_datatype("fp32").has_value());
  EXPECT_EQ(datatype_of(DType::kComplex64), "");
}

TEST(Wire, FloatsComeBackAsTheyWere) {
  const Tensor tensor = Tensor::from<float>({2, 2}, std::vector<float>{1, -2, 3.5F, std::numeric_limits<float>::infinity()});
  std::string raw;
  append_raw(tensor, raw);
  EXPECT_EQ(raw.size(), raw_size(tensor));
  const Result<Tensor> back = parse(DType::kFloat32, {2, 2}, raw);
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->same_bits(tensor));
}

TEST(Wire, AlignedBytesAreNotCopied) {
  auto owner = std::make_shared<std::vector<float>>(4, 1.0F);
  const auto raw = std::as_bytes(std::span(*owner));
  EXPECT_EQ(tensor_of_raw(DType::kFloat32, {4}, owner, raw)->bytes().data(), raw.data());
  EXPECT_NE(tensor_of_raw(DType::kFloat32, {3}, owner, raw.subspan(1, 12))->bytes().data(), raw.data() + 1);
}

TEST(Wire, StringsComeBackAsTheyWere) {
  const Tensor tensor = Tensor::of_strings({3}, {"", std::string("a\0b", 3), "long text"});
  std::string raw;
  append_raw(tensor, raw);
  EXPECT_EQ(raw.size(), raw_size(tensor));
  const Result<Tensor> back = parse(DType::kString, {3}, raw);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->strings(), tensor.strings());
}

TEST(Wire, EmptyTensorsAreTensors) {
  EXPECT_TRUE(parse(DType::kFloat32, {0, 3}, "").ok());
  EXPECT_TRUE(parse(DType::kString, {0}, "").ok());
}

TEST(Wire, WhatDoesNotFitIsRefused) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  const auto message = [](DType dtype, Dims dims, const std::string& raw) {
    const Result<Tensor> tensor = parse(dtype, std::move(dims), raw);
    return tensor.ok() ? std::string("accepted") : tensor.error().describe();
  };
  EXPECT_THAT(message(DType::kFloat32, {2}, "1234567"), HasSubstr("has 8 bytes, 7 were sent"));
  EXPECT_THAT(message(DType::kFloat32, {-1}, ""), HasSubstr("negative"));
  EXPECT_THAT(message(DType::kFloat32, {kHuge, kHuge}, ""), HasSubstr("2^62"));
  EXPECT_THAT(message(DType::kUint8, {kHuge / 4}, ""), HasSubstr("0 were sent"));
  EXPECT_THAT(message(DType::kString, {kHuge / 4}, "abcd"), HasSubstr("length of 4 bytes for each element"));
  EXPECT_THAT(message(DType::kString, {1}, std::string("\xff\xff\xff\xff", 4)), HasSubstr("ends beyond"));
  EXPECT_THAT(message(DType::kString, {1}, std::string("\0\0\0\0x", 5)), HasSubstr("left over"));
  EXPECT_THAT(message(DType::kInt4, {2}, "x"), HasSubstr("has no tensors of int4"));
}

}  // namespace
}  // namespace headrace::serve
