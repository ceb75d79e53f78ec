#include "data/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/paths.h"
#include "support/test_support.h"

namespace headrace {
namespace {
using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

// A version 1 file with this header and data.
std::string npy(std::string header, const std::string& data) {
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + data;
}

TEST(Npy, WrittenAndReadGivesTheSameBits) {
  testing::Random random;
  const Tensor tensors[] = {random.normal({2, 3, 5}), random.normal({0, 4}), Tensor::scalar<int64_t>(-7),
                            Tensor::from<uint8_t>({3}, std::vector<uint8_t>{1, 2, 255}),
                            Tensor::from<double>({1, 1}, std::vector<double>{0.1})};
  for (const Tensor& tensor : tensors) {
    const std::string text = to_npy(tensor);
    EXPECT_EQ((text.size() - tensor.byte_size()) % 64, 0u);
    const auto back = parse_npy(bytes_of(text));
    ASSERT_OK(back);
    EXPECT_TRUE(back->same_bits(tensor));
  }
}

TEST(Npy, ReadsEveryVersionAndQuoting) {
  const std::string data("\1\0\2\0", 4);
  for (const std::string header : {"{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }",
                                   "{\"shape\":(1,2),\"descr\":\"=i2\",\"fortran_order\":False}"})
    ASSERT_OK(parse_npy(bytes_of(npy(header, data))));
  const std::string header = "{'descr': '<i2', 'fortran_order': True, 'shape': (2,)}";  // one dimension: either order is right
  const std::string version3 =
      std::string("\x93NUMPY\x03\x00", 8) + static_cast<char>(header.size()) + std::string(3, '\0') + header + data;
  const auto tensor = parse_npy(bytes_of(version3));
  ASSERT_OK(tensor);
  EXPECT_THAT(tensor->as<int16_t>(), ::testing::ElementsAre(1, 2));
}

TEST(Npy, ErrorsSayWhatAndWhere) {
  const auto error_of = [](const std::string& header) { return parse_npy(bytes_of(npy(header, "12345678"))); };
  EXPECT_ERROR(parse_npy(bytes_of("not numpy")), "does not begin with");
  EXPECT_ERROR(parse_npy(bytes_of(std::string("\x93NUMPY\x09\x00", 8))), "version 9");
  EXPECT_ERROR(parse_npy(bytes_of(npy("{}", "").substr(0, 11))), "ends within its header");
  EXPECT_ERROR(error_of("{}"), "lacks descr, fortran_order or shape");
  EXPECT_ERROR(error_of("{'descr': 'O', 'fortran_order': False, 'shape': (1,)}"), "never unpickled");
  EXPECT_ERROR(error_of("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}"), "big-endian");
  EXPECT_ERROR(error_of("{'descr': '<U2', 'fortran_order': False, 'shape': (1,)}"), "element type '<U2' is not known");
  EXPECT_ERROR(error_of("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"), "structured array");
  EXPECT_ERROR(error_of("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}"), "numpy.ascontiguousarray");
  EXPECT_ERROR(error_of("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}"), "cut off");
  EXPECT_ERROR(error_of("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"), "something follows the array");
  EXPECT_ERROR(error_of("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), "a dimension at byte 61");
  EXPECT_ERROR(error_of("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904)}"), "2^62");
  EXPECT_ERROR(error_of("{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693953,)}"), "cut off");
  EXPECT_ERROR(error_of("{'descr': '|b1', 'fortran_order': False, 'shape': (8,)}"), "neither 0 nor 1");
  EXPECT_ERROR(error_of("{'descr': '<f4', 'descr': '<f4'}"), "unexpected entry 'descr'");
}

TEST(Npz, WrittenAndReadGivesTheSameBits) {
  TemporaryFolder folder;
  const std::map<std::string, Tensor> arrays{{"input", testing::Random().normal({4, 7})},
                                             {"labels", Tensor::from<int64_t>({4}, std::vector<int64_t>{3, 1, 0, 9})}};
  ASSERT_OK(write_npz(folder / "a.npz", arrays));
  const auto back = read_npz(folder / "a.npz");
  ASSERT_OK(back);
  ASSERT_EQ(back->size(), 2u);
  for (const auto& [name, tensor] : arrays) EXPECT_TRUE(back->at(name).same_bits(tensor)) << name;
}

TEST(Npz, ReadsWhatNumpyCompressed) {
  const auto arrays = read_npz(testing::test_data() + "/data/golden/numpy.npz");
  ASSERT_OK(arrays);
  EXPECT_THAT(arrays->at("ramp").as<float>(), ::testing::ElementsAre(0, 0.5f, 1, 1.5f, 2, 2.5f));
  EXPECT_EQ(arrays->at("ramp").dims(), (Dims{2, 3}));
  EXPECT_EQ(arrays->at("flags").dtype(), DType::kBool);
  EXPECT_EQ(arrays->at("zeros").size(), 10000u);
}

TEST(Npz, DamageIsAnError) {
  TemporaryFolder folder;
  ASSERT_OK(write_npz(folder / "a.npz", {{"x", testing::Random().normal({8})}}));
  const std::string whole = read_file(folder / "a.npz");
  std::string damaged = whole;
  damaged[100] ^= 1;
  EXPECT_ERROR(parse_npz(bytes_of(damaged)), "x.npy: its checksum (CRC-32) is wrong");
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse_npz(bytes_of(whole.substr(0, size))).ok()) << size;
  EXPECT_ERROR(parse_npz(bytes_of("PK")), "it has no end record");
  EXPECT_ERROR(read_npz(folder / "absent.npz"), "absent.npz: there is no such file");
}

TEST(Npz, ImpossibleSizesAreRefusedBeforeAllocating) {
  const std::string golden = read_file(testing::test_data() + "/data/golden/numpy.npz");
  std::string claim = golden;
  const size_t entry = claim.find("PK\x01\x02");
  ASSERT_NE(entry, claim.npos);
  claim.replace(entry + 24, 4, "\xfe\xff\xff\xff");  // inflated size of the first member
  EXPECT_ERROR(parse_npz(bytes_of(claim)), "claims an impossible size");
  std::string far = golden;
  far.replace(entry + 42, 4, "\xf0\xff\xff\xff");  // where it begins
  EXPECT_ERROR(parse_npz(bytes_of(far)), "has no header");
  std::string locked = golden;
  locked[entry + 8] |= 1;
  EXPECT_ERROR(parse_npz(bytes_of(locked)), "is encrypted");
}

}  // namespace
}  // namespace headrace
