// The reference engine beside ONNX Runtime on small models.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engines/engine.h"
#include "support/test_support.h"

namespace headrace::testing {

// The model's outputs in the engine of that name; a failure is a test failure and gives no outputs.
std::vector<Tensor> outputs_of(std::string_view engine, Model& model, const std::vector<Tensor>& inputs, int threads = 1);

// A model in the making with random inputs.
struct OpModel {
  explicit OpModel(int64_t opset = 17) : builder(opset) {}

  Value* input(const Dims& dims, float low = -2, float high = 2);
  Value* given(Tensor tensor);  // an input of these values
  Value* constant(Tensor tensor) { return builder.constant("c" + std::to_string(count++), std::move(tensor)); }
  Value* ints(const std::vector<int64_t>& values) {
    return constant(Tensor::from<int64_t>({static_cast<int64_t>(values.size())}, values));
  }
  Value* node(const std::string& op, std::vector<Value*> in, std::map<std::string, Attribute> attributes = {}) {
    return builder.node(op, std::move(in), std::move(attributes));
  }

  ModelBuilder builder;
  Random random{7};
  std::vector<Tensor> inputs;
  int count = 0;
};

class AgainstOrt : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto engine = find_engine("ort-exact"); !engine) GTEST_SKIP() << "not run: " << engine.error().describe();
  }
  // Both engines' outputs: same types and shapes; floats within `tolerance` of the largest magnitude, all else equal.
  void expect_same(OpModel& model, std::vector<Value*> outputs, float tolerance = 1e-5f);
  // One node over inputs of these shapes.
  void expect_op(const std::string& op, const std::vector<Dims>& dims, std::map<std::string, Attribute> attributes = {},
                 int64_t opset = 17);
};

// How many codes differ, and by how much at the most.
struct CodeDifference {
  size_t count = 0, codes = 0;
  int most = 0;
};
CodeDifference difference(const Tensor& a, const Tensor& b);

}  // namespace headrace::testing
