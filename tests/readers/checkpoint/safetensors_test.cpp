// Safetensors files: every type, and every rule of the format broken once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "readers/checkpoint/state_dict.h"
#include "support/pickle_writer.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::file_of;
using testing::floats;
using testing::safetensors;

Result<StateDict> read(const std::string& header, const std::string& data) {
  return read_checkpoint(file_of(safetensors(header, data)));
}

// The header's entry of a tensor.
std::string entry(const std::string& name, const std::string& type, const std::string& shape, const std::string& offsets) {
  return "\"" + name + R"(": {"dtype": ")" + type + R"(", "shape": [)" + shape + R"(], "data_offsets": [)" + offsets + "]}";
}
Result<StateDict> read_one(const std::string& type, const std::string& shape, const std::string& offsets,
                           const std::string& data) {
  return read("{" + entry("w", type, shape, offsets) + "}", data);
}

TEST(Safetensors, ReadsTensorsInTheHeadersOrder) {
  const auto state = read(R"({"__metadata__": {"format": "pt"}, )" + entry("b", "F32", "2", "8, 16") + ", " +
                              entry("a", "F32", "1, 2", "0, 8") + "}   ",
                          floats(4));
  ASSERT_OK(state);
  EXPECT_EQ(state->format, "safetensors");
  ASSERT_EQ(state->tensors.size(), 2u);
  EXPECT_EQ(state->tensors[0].name, "b");
  EXPECT_EQ(state->tensors[0].tensor.as<float>()[0], 2.0f);
  EXPECT_EQ(state->tensors[1].tensor.dims(), (Dims{1, 2}));
}

TEST(Safetensors, ReadsEveryType) {
  const std::vector<std::tuple<std::string, DType, int>> types = {
      {"F64", DType::kFloat64, 64},
      {"F32", DType::kFloat32, 32},
      {"F16", DType::kFloat16, 16},
      {"BF16", DType::kBfloat16, 16},
      {"I64", DType::kInt64, 64},
      {"I32", DType::kInt32, 32},
      {"I16", DType::kInt16, 16},
      {"I8", DType::kInt8, 8},
      {"U64", DType::kUint64, 64},
      {"U32", DType::kUint32, 32},
      {"U16", DType::kUint16, 16},
      {"U8", DType::kUint8, 8},
      {"BOOL", DType::kBool, 8},
      {"C64", DType::kComplex64, 64},
      {"F8_E4M3", DType::kFloat8E4M3FN, 8},
      {"F8_E4M3FNUZ", DType::kFloat8E4M3FNUZ, 8},
      {"F8_E5M2", DType::kFloat8E5M2, 8},
      {"F8_E5M2FNUZ", DType::kFloat8E5M2FNUZ, 8},
      {"F8_E8M0", DType::kFloat8E8M0, 8},
      {"F6_E2M3", DType::kFloat6E2M3, 6},
      {"F6_E3M2", DType::kFloat6E3M2, 6},
      {"F4", DType::kFloat4E2M1, 4},
  };
  for (const auto& [name, dtype, bits] : types) {
    const auto bytes = static_cast<size_t>(bits);  // of eight elements
    const auto state = read_one(name, "8", "0, " + std::to_string(bytes), std::string(bytes, '\1'));
    ASSERT_OK(state);
    EXPECT_EQ(state->tensors[0].tensor.dtype(), dtype);
    EXPECT_ERROR(read_one(name, "8", "0, " + std::to_string(bytes + 1), std::string(bytes + 1, '\0')), "do not fit data_offsets");
  }
  EXPECT_ERROR(read_one("F4", "3", "0, 2", "ab"), "do not fit data_offsets");  // half a byte
  EXPECT_ERROR(read_one("Q8", "1", "0, 1", "a"), "tensor 'w': the type 'Q8' is not one that is read");
}

TEST(Safetensors, ScalarsEmptyTensorsAndEmptyFiles) {
  ASSERT_OK(read_one("F32", "", "0, 4", floats(1)));
  ASSERT_OK(read_one("F32", "0, 3", "0, 0", ""));
  const auto state = read("{}", "");
  ASSERT_OK(state);
  EXPECT_TRUE(state->tensors.empty());
}

TEST(Safetensors, DataMayLieAnywhere) {
  for (int pad = 0; pad < 8; ++pad) {
    const auto state = read("{" + entry("w", "F32", "3", "0, 12") + "}" + std::string(static_cast<size_t>(pad), ' '), floats(3));
    ASSERT_OK(state);
    EXPECT_EQ(state->tensors[0].tensor.as<float>()[2], 2.0f);
  }
}

TEST(Safetensors, HolesOverlapsAndRests) {
  const auto two = [](const std::string& first, const std::string& second, int count) {
    return read("{" + entry("a", "F32", "2", first) + "," + entry("b", "F32", "2", second) + "}", floats(count));
  };
  EXPECT_ERROR(two("0, 8", "4, 12", 3), "tensor 'b': its data overlap another tensor's (at byte 4 of the data)");
  EXPECT_ERROR(two("0, 8", "0, 8", 2), "overlap another tensor's");
  EXPECT_ERROR(two("0, 8", "12, 20", 5), "tensor 'b': its data leave a hole in front (at byte 12 of the data)");
  EXPECT_ERROR(two("4, 12", "12, 20", 5), "tensor 'a': its data leave a hole in front");
  EXPECT_ERROR(two("0, 8", "8, 16", 5), "the last 4 bytes of the data belong to no tensor");
  EXPECT_ERROR(two("0, 8", "8, 16", 3), "tensor 'b': data up to byte 16 are asked for, and there are 12");
}

TEST(Safetensors, NumbersThatOverflow) {
  EXPECT_ERROR(read_one("F32", "9223372036854775807, 4", "0, 4", floats(1)), "more than 2^62 elements");
  EXPECT_ERROR(read_one("F32", "18446744073709551615", "0, 4", floats(1)), "an extent of 2^63 or more");
  EXPECT_ERROR(read_one("F32", "4611686018427387904", "0, 0", ""),
               "tensor 'w': type float32 and shape [4611686018427387904] do not fit");
  EXPECT_ERROR(read_one("F32", "-1", "0, 4", floats(1)), "not the JSON it should be");
  EXPECT_ERROR(read_one("F32", "1", "8, 4", floats(1)), "do not fit data_offsets [8, 4]");
  EXPECT_ERROR(read_one("F32", "1", "18446744073709551612, 18446744073709551616", floats(1)), "not the JSON it should be");
  EXPECT_ERROR(read_one("F32", "1", "18446744073709551608, 18446744073709551612", floats(1)), "are asked for, and there are 4");
}

TEST(Safetensors, HeadersThatAreNotWhatTheyShouldBe) {
  EXPECT_ERROR(read("{\"w\": ", ""), "the safetensors header is not the JSON it should be");
  EXPECT_ERROR(read("{\"w\": 3}", ""), "tensor 'w': the safetensors header is not the JSON it should be");
  EXPECT_ERROR(read(R"({"w": {"dtype": "F32", "shape": [1]}})", floats(1)),
               "dtype, shape and data_offsets are not each there once");
  EXPECT_ERROR(read(R"({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "code": 1}})", floats(1)),
               "there is no field 'code'");
  EXPECT_ERROR(read_one("F32", "1", "0", floats(1)), "data_offsets are not two numbers");
  EXPECT_ERROR(read_one("F32", "1", "0, 4, 4", floats(1)), "more than 2 numbers");
  EXPECT_ERROR(read("{" + entry("w", "F32", "1", "0, 4") + "," + entry("w", "F32", "1", "4, 8") + "}", floats(2)),
               "the tensor 'w' is there twice");
  EXPECT_ERROR(read("{" + entry("w", "F32", "1", "0, 4") + "} {}", floats(1)), "something stands behind");
}

TEST(Safetensors, DeepNestingAndManyExtents) {
  EXPECT_ERROR(read("{\"w\": " + std::string(100'000, '['), ""), "not the JSON it should be");
  EXPECT_ERROR(read("{\"__metadata__\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}", ""),
               "not the JSON it should be");
  std::string ones = "1";
  for (int i = 0; i < 100; ++i) ones += ",1";
  EXPECT_ERROR(read_one("F32", ones, "0, 4", floats(1)), "more than 64 numbers");
}

TEST(Safetensors, HeaderSizesThatLie) {
  std::string bytes = safetensors("{}", "");
  bytes[0] = 3;
  EXPECT_ERROR(read_checkpoint(file_of(bytes)), "the file is truncated: its safetensors header has 3 bytes");
  bytes[7] = '\x7f';
  EXPECT_ERROR(read_checkpoint(file_of(bytes)), "the file is truncated: its safetensors header has");
  EXPECT_ERROR(read("{" + std::string(11 << 20, ' ') + "}", ""), "a safetensors header of more than 10 MB is not read");
}

TEST(Safetensors, NoPrefixIsReadAndNoChangedByteHarms) {
  const std::string bytes = safetensors("{" + entry("w", "F32", "2", "0, 8") + "}", floats(2));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read_checkpoint(file_of(bytes.substr(0, size))).ok()) << size;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(value);
      const auto state = read_checkpoint(file_of(changed));
      if (state.ok()) continue;
      EXPECT_FALSE(state.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace headrace
