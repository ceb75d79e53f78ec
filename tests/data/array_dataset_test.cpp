#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_test_support.h"
#include "data/npz.h"

namespace headrace {
namespace {
using testing::options;
using testing::Random;
using testing::spec;
using testing::TemporaryFolder;
using testing::write_file;

const DatasetOptions kNone = options("none");
const Signature kOne{{spec("x", {-1, 4})}, {}};
const Signature kTwo{{spec("ids", {-1, 3}, DType::kInt64), spec("mask", {-1, 3})}, {}};

TEST(NpyDataset, FirstDimensionCountsSamples) {
  TemporaryFolder folder;
  const Tensor array = Random().normal({5, 4});
  write_file(folder / "a.npy", to_npy(array));
  const auto dataset = open_dataset(folder / "a.npy", kOne, kNone);
  ASSERT_OK(dataset);
  ASSERT_EQ((*dataset)->size(), 5u);
  EXPECT_FALSE((*dataset)->labelled());
  const auto sample = (*dataset)->load(2);
  ASSERT_OK(sample);
  EXPECT_EQ(sample->source, (folder / "a.npy").string() + "[2]");
  EXPECT_EQ(sample->inputs[0].dims(), (Dims{1, 4}));
  EXPECT_EQ(sample->inputs[0].as<float>()[3], array.as<float>()[11]);
}

TEST(NpyDataset, ErrorsNameArrayExpectedAndFound) {
  TemporaryFolder folder;
  const auto open = [&](const Tensor& array, const Signature& signature = kOne) {
    write_file(folder / "a.npy", to_npy(array));
    return open_dataset(folder / "a.npy", signature, kNone);
  };
  EXPECT_ERROR(open(Tensor::from<double>({1, 4}, std::vector<double>(4))),
               "array a.npy is float64 [1, 4], but input x is float32 [N, 4]: save it as x.astype(numpy.float32)");
  EXPECT_ERROR(open(Tensor::from<uint8_t>({1, 4}, std::vector<uint8_t>(4))),
               "x.astype(numpy.float32), normalised as the model expects it");
  EXPECT_ERROR(open(Random().normal({4})), "rank 2 is expected, the first dimension counting the samples");
  EXPECT_ERROR(open(Random().normal({2, 5})), "axis 1 must be 4, not 5");
  EXPECT_ERROR(open(Random().normal({0, 4})), "holds no samples");
  EXPECT_ERROR(open(Random().normal({2, 3}), kTwo), "this one has inputs ids, mask: give an .npz with arrays of these names");
  EXPECT_ERROR(open(Random().normal({2}), {{spec("x", {})}, {}}), "input x is a scalar");
  write_file(folder / "a.npy", "x");
  EXPECT_ERROR(open_dataset(folder / "a.npy", kOne, kNone), "a.npy: this is not a .npy array");
}

class NpzDataset : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Dataset>> open(const std::map<std::string, Tensor>& arrays, const Signature& signature) {
    const Status written = write_npz(folder_ / "a.npz", arrays);
    if (!written.ok()) return written.error();
    return open_dataset(folder_ / "a.npz", signature, kNone);
  }
  static Tensor integers(Dims dims, std::vector<int64_t> values) { return Tensor::from<int64_t>(std::move(dims), values); }
  TemporaryFolder folder_;
};

TEST_F(NpzDataset, ArraysByInputNameWithLabels) {
  const auto dataset =
      open({{"ids", integers({2, 3}, {1, 2, 3, 4, 5, 6})}, {"mask", Random().normal({2, 3})}, {"labels", integers({2}, {8, 9})}},
           kTwo);
  ASSERT_OK(dataset);
  EXPECT_TRUE((*dataset)->labelled());
  const auto sample = (*dataset)->load(1);
  ASSERT_OK(sample);
  EXPECT_EQ(sample->label, 9);
  ASSERT_EQ(sample->inputs.size(), 2u);
  EXPECT_THAT(sample->inputs[0].as<int64_t>(), ::testing::ElementsAre(4, 5, 6));
}

TEST_F(NpzDataset, SingleUnnamedArrayFeedsTheSingleInput) { ASSERT_OK(open({{"arr_0", Random().normal({2, 4})}}, kOne)); }

TEST_F(NpzDataset, ErrorsNameTheArray) {
  const Tensor x = Random().normal({2, 4});
  EXPECT_ERROR(open({{"y", x}}, kOne), "there is no array for input x (the model has inputs x); the file has arrays y");
  EXPECT_ERROR(open({{"ids", integers({2, 3}, {1, 2, 3, 4, 5, 6})}, {"mask", Random().normal({1, 3})}}, kTwo),
               "array mask holds 1 samples, the first input's array 2");
  EXPECT_ERROR(open({{"x", x}, {"label", integers({2}, {0, 1})}}, kOne), "array label is neither an input (x) nor \"labels\"");
  EXPECT_ERROR(open({{"x", x}, {"labels", integers({3}, {0, 1, 2})}}, kOne),
               "array labels is int64 [3], but one label a sample is expected: shape [2]");
  EXPECT_ERROR(open({{"x", x}, {"labels", Random().normal({2})}}, kOne), "class numbers (integers) are expected");
  EXPECT_ERROR(open({{"x", x}, {"labels", integers({2}, {0, -1})}}, kOne), "array labels holds -1");
  EXPECT_ERROR(open({}, kOne), "the file has no arrays");
}

}  // namespace
}  // namespace headrace
