#include "proto/tensor_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/proto_builder.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using onnx::TensorProto;
using testing::Random;

Result<Tensor> take(TensorProto proto) {
  ExternalData nowhere{{}};
  return take_tensor(proto, nowhere);
}

TensorProto describe(int32_t type, const std::vector<int64_t>& dims) {
  TensorProto proto;
  proto.set_data_type(type);
  for (const int64_t dim : dims) proto.add_dims(dim);
  return proto;
}

TEST(TensorProto, TakesRawBytesWithoutCopyingThem) {
  TensorProto proto = describe(TensorProto::FLOAT, {256});
  proto.set_raw_data(std::string(1024, '\1'));
  const void* before = proto.raw_data().data();
  ExternalData nowhere{{}};
  const auto tensor = take_tensor(proto, nowhere);
  ASSERT_OK(tensor);
  EXPECT_EQ(static_cast<const void*>(tensor->bytes().data()), before);
}

TEST(TensorProto, EveryTypeOfFixedSizeSurvivesARoundTrip) {
  for (int number = 1; number <= 28; ++number) {
    const auto dtype = static_cast<DType>(number);
    if (dtype == DType::kString) continue;
    SCOPED_TRACE(to_string(dtype));
    Tensor tensor = Tensor::allocate(dtype, {3, 5});
    unsigned char next = 0;
    for (std::byte& byte : tensor.mutable_bytes()) byte = static_cast<std::byte>(dtype == DType::kBool ? next++ % 2 : next++);
    TensorProto proto;
    store_tensor(tensor, proto);
    const auto back = take(proto);
    ASSERT_OK(back);
    EXPECT_TRUE(back->same_bits(tensor));
  }
}

TEST(TensorProto, StringsSurviveARoundTrip) {
  const Tensor tensor = Tensor::of_strings({2}, {"one", std::string("t\0o", 3)});
  TensorProto proto;
  store_tensor(tensor, proto);
  const auto back = take(proto);
  ASSERT_OK(back);
  EXPECT_TRUE(back->same_bits(tensor));
}

TEST(TensorProto, ConvertsTypedFields) {
  TensorProto floats = describe(TensorProto::FLOAT, {2});
  floats.add_float_data(1.5f);
  floats.add_float_data(-2);
  EXPECT_TRUE(take(floats)->same_bits(Tensor::from(Dims{2}, std::vector<float>{1.5f, -2})));

  TensorProto bytes = describe(TensorProto::INT8, {2});
  bytes.add_int32_data(-128);
  bytes.add_int32_data(127);
  EXPECT_TRUE(take(bytes)->same_bits(Tensor::from(Dims{2}, std::vector<int8_t>{-128, 127})));

  TensorProto unsigned32 = describe(TensorProto::UINT32, {1});
  unsigned32.add_uint64_data(4294967295u);
  EXPECT_TRUE(take(unsigned32)->same_bits(Tensor::from(Dims{1}, std::vector<uint32_t>{4294967295u})));

  TensorProto doubles = describe(TensorProto::DOUBLE, {1});
  doubles.add_double_data(0.1);
  EXPECT_TRUE(take(doubles)->same_bits(Tensor::from(Dims{1}, std::vector<double>{0.1})));

  TensorProto longs = describe(TensorProto::INT64, {});
  longs.add_int64_data(-7);
  EXPECT_TRUE(take(longs)->same_bits(Tensor::scalar<int64_t>(-7)));

  TensorProto half = describe(TensorProto::FLOAT16, {1});
  half.add_int32_data(0x3c00);
  EXPECT_EQ(to_float_vector(*take(half)).value(), std::vector<float>{1});

  TensorProto brain = describe(TensorProto::BFLOAT16, {1});
  brain.add_int32_data(0x3f80);
  EXPECT_EQ(to_float_vector(*take(brain)).value(), std::vector<float>{1});
}

TEST(TensorProto, TypedFieldsOfFourBitTypesHoldTwoElementsEach) {
  TensorProto proto = describe(TensorProto::INT4, {3});
  proto.add_int32_data(0x21);
  proto.add_int32_data(0x03);
  const auto tensor = take(proto);
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->byte_size(), 2u);
  EXPECT_EQ(tensor->bytes()[0], std::byte{0x21});
}

TEST(TensorProto, RefusesDataThatDoesNotFitTheShape) {
  TensorProto raw = describe(TensorProto::FLOAT, {2, 2});
  raw.set_raw_data("12345");
  EXPECT_ERROR(take(raw), "float32 and shape [2, 2] does not fit its 5 bytes");
  TensorProto typed = describe(TensorProto::FLOAT, {2});
  typed.add_float_data(1);
  EXPECT_ERROR(take(typed), "does not fit its 1 entries of float_data");
  TensorProto strings = describe(TensorProto::STRING, {2});
  strings.add_string_data("one");
  EXPECT_ERROR(take(strings), "string_data");
  EXPECT_ERROR(take(describe(TensorProto::FLOAT, {1})), "0 entries");
}

TEST(TensorProto, RefusesShapesThatAreNone) {
  EXPECT_ERROR(take(describe(TensorProto::FLOAT, {-1})), "negative dimension");
  EXPECT_ERROR(take(describe(TensorProto::FLOAT, {int64_t{1} << 40, int64_t{1} << 40})), "2^62");
  TensorProto huge = describe(TensorProto::INT4, {(int64_t{1} << 61) + 2});
  huge.set_raw_data("x");
  EXPECT_ERROR(take(huge), "does not fit");
}

TEST(TensorProto, RefusesUnknownTypes) {
  EXPECT_ERROR(take(describe(0, {1})), "no data type");
  EXPECT_ERROR(take(describe(99, {1})), "99");
  EXPECT_ERROR(take(describe(-3, {1})), "-3");
}

TEST(TensorProto, RefusesBoolsThatAreNone) {
  TensorProto proto = describe(TensorProto::BOOL, {2});
  proto.set_raw_data("\1\2");
  EXPECT_ERROR(take(proto), "bool");
}

TEST(TensorProto, EmptyTensorsNeedNoData) {
  const auto tensor = take(describe(TensorProto::FLOAT, {0, 3}));
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->size(), 0u);
}

}  // namespace
}  // namespace headrace
