// Convolutions and matrix products in float32.
#include "engines/reference/against_ort.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using Ints = std::vector<int64_t>;

class ReferenceConv : public AgainstOrt {};
class ReferenceProduct : public AgainstOrt {};

TEST_F(ReferenceConv, OneByOne) { expect_op("Conv", {{2, 5, 7, 6}, {8, 5, 1, 1}, {8}}); }
TEST_F(ReferenceConv, StridesAndAsymmetricPads) {
  expect_op("Conv", {{1, 3, 11, 9}, {4, 3, 3, 3}}, {{"strides", Ints{2, 2}}, {"pads", Ints{0, 1, 1, 2}}});
  expect_op("Conv", {{1, 3, 10, 12}, {4, 3, 5, 2}}, {{"strides", Ints{3, 1}}, {"pads", Ints{4, 0, 0, 1}}});
}
TEST_F(ReferenceConv, PadsWiderThanTheKernel) { expect_op("Conv", {{1, 2, 3, 3}, {2, 2, 2, 2}}, {{"pads", Ints{3, 3, 3, 3}}}); }
TEST_F(ReferenceConv, GroupsAndDilations) {
  expect_op("Conv", {{2, 6, 12, 13}, {9, 2, 3, 3}, {9}}, {{"group", int64_t{3}}, {"dilations", Ints{2, 3}}});
  expect_op("Conv", {{1, 4, 9, 9}, {8, 1, 5, 5}}, {{"group", int64_t{4}}, {"pads", Ints{2, 2, 2, 2}}});
}
TEST_F(ReferenceConv, AutoPad) {
  for (const std::string mode : {"SAME_UPPER", "SAME_LOWER", "VALID"})
    expect_op("Conv", {{1, 2, 8, 9}, {3, 2, 4, 3}}, {{"auto_pad", mode}, {"strides", Ints{3, 2}}});
}
TEST_F(ReferenceConv, OneDimension) {
  expect_op("Conv", {{2, 3, 17}, {4, 3, 5}, {4}}, {{"strides", Ints{2}}, {"pads", Ints{1, 3}}, {"dilations", Ints{2}}});
}
TEST_F(ReferenceConv, Transpose) {
  expect_op("ConvTranspose", {{2, 4, 5, 6}, {4, 3, 3, 2}, {3}}, {{"strides", Ints{2, 3}}, {"pads", Ints{1, 0, 0, 1}}});
  expect_op("ConvTranspose", {{1, 4, 5, 5}, {4, 2, 3, 3}},
            {{"group", int64_t{2}}, {"dilations", Ints{2, 1}}, {"strides", Ints{2, 2}}, {"output_padding", Ints{1, 1}}});
  expect_op("ConvTranspose", {{1, 2, 7}, {2, 3, 4}}, {{"strides", Ints{2}}, {"output_shape", Ints{14}}});
  expect_op("ConvTranspose", {{1, 2, 7, 7}, {2, 3, 4, 3}}, {{"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_UPPER")}});
}

TEST_F(ReferenceProduct, Gemm) {
  expect_op("Gemm", {{3, 5}, {5, 4}});
  expect_op("Gemm", {{5, 3}, {4, 5}, {4}}, {{"transA", int64_t{1}}, {"transB", int64_t{1}}, {"alpha", 0.5f}, {"beta", 2.0f}});
  expect_op("Gemm", {{3, 5}, {5, 4}, {3, 1}});
  expect_op("Gemm", {{3, 5}, {5, 4}, {}});
}
TEST_F(ReferenceProduct, MatMul) {
  expect_op("MatMul", {{3, 5}, {5, 4}});
  expect_op("MatMul", {{2, 1, 3, 5}, {4, 5, 2}});
  expect_op("MatMul", {{2, 3, 5}, {5}});
  expect_op("MatMul", {{5}, {2, 5, 3}});
  expect_op("MatMul", {{5}, {5}});
}

}  // namespace
}  // namespace headrace
