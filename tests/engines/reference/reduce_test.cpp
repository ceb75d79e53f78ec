// Pools, reductions, normalisations and softmax in float32.
#include "engines/reference/against_ort.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using Ints = std::vector<int64_t>;

class ReferencePool : public AgainstOrt {};
class ReferenceReduce : public AgainstOrt {};
class ReferenceNormalize : public AgainstOrt {};

TEST_F(ReferencePool, MaxPool) {
  expect_op("MaxPool", {{2, 3, 9, 8}}, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  expect_op("MaxPool", {{1, 3, 9, 8}}, {{"kernel_shape", Ints{2, 3}}, {"dilations", Ints{2, 2}}});
  expect_op("MaxPool", {{1, 3, 10, 10}},
            {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}}, {"pads", Ints{0, 0, 1, 1}}});
  expect_op("MaxPool", {{1, 3, 11}}, {{"kernel_shape", Ints{4}}, {"strides", Ints{3}}});
  expect_op("MaxPool", {{1, 3, 9, 8}},
            {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_LOWER")}});
}

TEST_F(ReferencePool, AveragePool) {
  for (const int64_t padding : {0, 1}) {
    const std::pair<const std::string, Attribute> include{"count_include_pad", padding};
    expect_op("AveragePool", {{2, 3, 9, 8}},
              {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}, include});
    expect_op("AveragePool", {{1, 2, 7, 9}}, {{"kernel_shape", Ints{4, 2}}, {"pads", Ints{0, 0, 3, 1}}, include});
    expect_op("AveragePool", {{1, 2, 10, 10}},
              {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}}, include}, 19);
  }
}

TEST_F(ReferencePool, Global) {
  expect_op("GlobalAveragePool", {{2, 5, 7, 6}});
  expect_op("GlobalMaxPool", {{2, 5, 7, 6}});
  expect_op("GlobalAveragePool", {{2, 5, 7}});
}

TEST_F(ReferenceReduce, OverAttributeAxes) {
  for (const std::string op : {"ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2", "ReduceSumSquare"}) {
    expect_op(op, {{2, 3, 4, 5}}, {{"axes", Ints{2, -1}}});
    expect_op(op, {{2, 3, 4}}, {{"axes", Ints{1}}, {"keepdims", int64_t{0}}});
    expect_op(op, {{2, 3, 4}});
  }
}

TEST_F(ReferenceReduce, OverInputAxes) {
  OpModel model(18);
  Value* x = model.input({2, 3, 4, 5});
  expect_same(model, {model.node("ReduceMean", {x, model.ints({-2, 3})}, {{"keepdims", int64_t{0}}}),
                      model.node("ReduceSum", {x, model.ints({0})}), model.node("ReduceMax", {x}),
                      model.node("ReduceMean", {x}, {{"noop_with_empty_axes", int64_t{1}}})});
}

TEST_F(ReferenceReduce, ArgMax) {
  expect_op("ArgMax", {{3, 7, 2}}, {{"axis", int64_t{1}}});
  expect_op("ArgMax", {{3, 7, 2}}, {{"axis", int64_t{-1}}, {"keepdims", int64_t{0}}, {"select_last_index", int64_t{1}}});
}

TEST_F(ReferenceNormalize, BatchNormalization) {
  OpModel model;
  Value* x = model.input({2, 3, 4, 5});
  expect_same(model, {model.node("BatchNormalization",
                                 {x, model.input({3}), model.input({3}), model.input({3}), model.input({3}, 0.1f, 2)},
                                 {{"epsilon", 1e-3f}})});
}

TEST_F(ReferenceNormalize, Others) {
  expect_op("InstanceNormalization", {{2, 3, 4, 5}, {3}, {3}});
  expect_op("LayerNormalization", {{2, 3, 8}, {8}, {8}});
  expect_op("LayerNormalization", {{2, 3, 8}, {3, 8}}, {{"axis", int64_t{1}}, {"epsilon", 1e-2f}});
  expect_op("LRN", {{2, 7, 3, 3}}, {{"size", int64_t{5}}, {"alpha", 0.1f}});
}

TEST_F(ReferenceNormalize, Softmax) {
  for (const std::string op : {"Softmax", "LogSoftmax"}) {
    expect_op(op, {{2, 3, 5}});
    expect_op(op, {{2, 3, 5}}, {{"axis", int64_t{1}}});
    expect_op(op, {{2, 3, 5}}, {}, 11);  // over all but the first axis
    expect_op(op, {{2, 3, 5}}, {{"axis", int64_t{2}}}, 11);
  }
}

}  // namespace
}  // namespace headrace
