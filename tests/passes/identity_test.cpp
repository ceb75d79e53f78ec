#include <limits>

#include "passes/pass_test.h"

namespace headrace {
namespace {

using namespace testing;

constexpr std::string_view kPass = "eliminate_identity";

// Relu, the op under test on it, Relu. `inputs` are further inputs; the result has the shape `out`.
struct Case {
  std::string op;
  std::map<std::string, Attribute> attributes;
  std::vector<Tensor> inputs;
  Dims out{-1, 3, 4, 4};
};

Model model_of(const Case& c) {
  ModelBuilder b;
  std::vector<Value*> inputs{typed(b.node("Relu", {b.input("x", {-1, 3, 4, 4})}), {-1, 3, 4, 4})};
  for (const Tensor& tensor : c.inputs) inputs.push_back(tensor.defined() ? b.constant("c", tensor) : nullptr);
  return b.finish({b.node("Relu", {typed(b.node(c.op, inputs, c.attributes), c.out)})});
}

Tensor i64(const std::vector<int64_t>& values) { return Tensor::from(Dims{static_cast<int64_t>(values.size())}, values); }
Tensor f32(const Dims& dims, float value) {
  size_t count = 1;
  for (const int64_t extent : dims) count *= static_cast<size_t>(extent);
  return Tensor::from(dims, std::vector<float>(count, value));
}

TEST(EliminateIdentity, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 3});
  Value* kept = typed(b.node("Mul", {typed(b.node("Identity", {x}), {-1, 3}), b.constant("one", f32({1, 3}, 1))}), {-1, 3});
  Value* y = typed(b.node("Relu", {kept}), {-1, 3});
  Value* z = typed(b.node("Dropout", {y, b.constant("ratio", f32({}, 0.5f))}, {}, "z"), {-1, 3});
  expect_golden(kPass, kPass, b.finish({z}));
}

TEST(EliminateIdentity, RemovesWhatHandsItsInputOn) {
  const auto far = std::numeric_limits<int64_t>::max();
  const std::vector<int64_t> one{1, 1};
  const std::vector<Case> cases = {
      {"Identity", {}, {}},
      {"Cast", {{"to", int64_t{1}}}, {}},
      {"Pad", {}, {i64({0, 0, 0, 0, 0, 0, 0, 0})}},
      {"Concat", {{"axis", int64_t{1}}}, {}},
      {"Sum", {}, {}},
      {"Mul", {}, {f32({}, 1)}},
      {"Mul", {}, {f32({3, 1, 1}, 1)}},
      {"Div", {}, {f32({1, 1, 1, 1}, 1)}},
      {"Add", {}, {f32({4}, 0)}},
      {"Sub", {}, {f32({1}, 0)}},
      {"Transpose", {{"perm", std::vector<int64_t>{0, 1, 2, 3}}}, {}},
      {"Slice", {}, {i64({0, 0}), i64({far, far}), i64({1, 2}), i64({1, 1})}},
      {"MaxPool", {{"kernel_shape", one}, {"strides", one}}, {}},
      {"AveragePool", {{"kernel_shape", one}}, {}},
      {"Expand", {}, {i64({1, 3, 1, 4})}},
      {"Tile", {}, {i64({1, 1, 1, 1})}},
      {"Reshape", {}, {i64({0, 3, 4, 4})}},
      {"Reshape", {}, {i64({-1, 3, 0, 4})}},
      {"Dropout", {}, {f32({}, 0.5f), Tensor::scalar(false)}},
  };
  for (const Case& c : cases) {
    Model model = model_of(c);
    EXPECT_EQ(run_pass(kPass, model), 1) << c.op;
    EXPECT_EQ(ops_of(model), "Relu Relu") << c.op;
  }
}

TEST(EliminateIdentity, LeavesWhatChangesTheTensor) {
  const std::vector<int64_t> one{1, 1}, two{2, 2};
  const std::vector<Case> cases = {
      {"Cast", {{"to", int64_t{11}}}, {}},
      {"Pad", {}, {i64({0, 0, 0, 0, 0, 0, 0, 1})}},
      {"Mul", {}, {f32({}, 2)}},
      {"Mul", {}, {f32({5, 1, 3, 4, 4}, 1)}},  // raises the rank
      {"Mul", {}, {f32({2, 3, 4, 4}, 1)}},     // fixes or enlarges the batch
      {"Add", {}, {f32({}, 1e-30f)}},
      {"Transpose", {{"perm", std::vector<int64_t>{0, 1, 3, 2}}}, {}},
      {"Transpose", {}, {}},
      {"Slice", {}, {i64({1}), i64({std::numeric_limits<int64_t>::max()}), i64({2})}, {-1, 3, 3, 4}},
      {"Slice", {}, {i64({0}), i64({3}), i64({2})}, {-1, 3, 3, 4}},
      {"MaxPool", {{"kernel_shape", one}, {"strides", two}}, {}, {-1, 3, 2, 2}},
      {"AveragePool", {{"kernel_shape", two}}, {}, {-1, 3, 3, 3}},
      {"Expand", {}, {i64({2, 3, 4, 4})}, {2, 3, 4, 4}},
      {"Tile", {}, {i64({1, 1, 1, 2})}},
      {"Reshape", {}, {i64({0, 4, 3, 4})}},
      {"Reshape", {}, {i64({0, -1})}, {-1, 48}},
      {"Flatten", {}, {}, {-1, 48}},
      {"Dropout", {}, {f32({}, 0.5f), Tensor::scalar(true)}},
      {"Relu", {}, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.op);
    expect_unchanged(kPass, model_of(c));
  }
}

TEST(EliminateIdentity, LeavesReversedDivisionAndForeignDomains) {
  ModelBuilder b;
  Value* y = b.node("Div", {b.constant("one", f32({}, 1)), b.input("x", {2})});
  Value* z = b.node("Identity", {y});
  z->producer()->domain = "com.example";
  Model model = b.finish({b.node("Relu", {z})});
  model.opsets["com.example"] = 1;
  expect_unchanged(kPass, std::move(model));
}

TEST(EliminateIdentity, LeavesInputThatIsOutput) {
  ModelBuilder b;
  expect_unchanged(kPass, b.finish({typed(b.node("Identity", {b.input("x", {2})}), {2})}));
}

TEST(EliminateIdentity, LeavesDropoutWhoseMaskIsRead) {
  ModelBuilder b;
  Value* y = b.graph().add_value("y");
  Value* mask = b.graph().add_value("mask");
  b.graph().append("Dropout", {b.node("Relu", {b.input("x", {2})})}, {y, mask});
  expect_unchanged(kPass, b.finish({b.node("Abs", {y}), b.node("Not", {mask})}));
}

}  // namespace
}  // namespace headrace
