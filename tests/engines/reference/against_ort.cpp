#include "engines/reference/against_ort.h"

#include <algorithm>
#include <cmath>

#include "engines/models.h"
#include "proto/infer_shapes.h"

namespace headrace::testing {
namespace {

Result<std::vector<Tensor>> run(std::string_view engine, Model& model, const std::vector<Tensor>& inputs, int threads) {
  HEADRACE_CHECK(infer_shapes(model));
  SessionOptions options;
  options.threads = threads;
  HEADRACE_TRY(const auto session, load_bytes(engine, bytes_of(model), options));
  std::vector<Tensor> outputs;
  HEADRACE_CHECK(session->run(inputs, outputs));
  return outputs;
}

void expect_close(const Tensor& a, const Tensor& b, float tolerance) {
  ASSERT_EQ(a.dtype(), b.dtype());
  ASSERT_EQ(a.dims(), b.dims());
  if (a.dtype() != DType::kFloat32) {
    EXPECT_TRUE(a.same_bits(b));
    return;
  }
  float largest = 1e-30f;
  for (const float value : b.as<float>())
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < a.size(); ++i) {
    const float x = a.as<float>()[i], y = b.as<float>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    ASSERT_LE(std::fabs(x - y), tolerance * largest) << "element " << i << ": " << x << " and " << y;
  }
}

}  // namespace

std::vector<Tensor> outputs_of(std::string_view engine, Model& model, const std::vector<Tensor>& inputs, int threads) {
  auto outputs = run(engine, model, inputs, threads);
  if (!outputs) ADD_FAILURE() << engine << ": " << outputs.error().describe();
  return outputs ? *std::move(outputs) : std::vector<Tensor>();
}

Value* OpModel::input(const Dims& dims, float low, float high) { return given(random.uniform(dims, low, high)); }

Value* OpModel::given(Tensor tensor) {
  inputs.push_back(std::move(tensor));
  return builder.input("x" + std::to_string(count++), inputs.back().dims(), inputs.back().dtype());
}

void AgainstOrt::expect_same(OpModel& made, std::vector<Value*> outputs, float tolerance) {
  Model model = made.builder.finish(std::move(outputs));
  const auto expected = outputs_of("ort-exact", model, made.inputs), found = outputs_of("reference", model, made.inputs);
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) expect_close(found[i], expected[i], tolerance);
}

void AgainstOrt::expect_op(const std::string& op, const std::vector<Dims>& dims, std::map<std::string, Attribute> attributes,
                           int64_t opset) {
  SCOPED_TRACE(op);
  OpModel model(opset);
  std::vector<Value*> inputs;
  for (const Dims& each : dims) inputs.push_back(model.input(each));
  expect_same(model, {model.node(op, inputs, std::move(attributes))});
}

CodeDifference difference(const Tensor& a, const Tensor& b) {
  CodeDifference result;
  EXPECT_EQ(a.dtype(), b.dtype());
  EXPECT_EQ(a.dims(), b.dims());
  const auto x = to_int64_vector(a), y = to_int64_vector(b);
  if (!x || !y || x->size() != y->size()) {
    ADD_FAILURE() << "these are no codes";
    return result;
  }
  result.codes = x->size();
  for (size_t i = 0; i < x->size(); ++i) {
    const int step = static_cast<int>(std::abs((*x)[i] - (*y)[i]));
    result.count += step != 0 ? 1 : 0;
    result.most = std::max(result.most, step);
  }
  return result;
}

}  // namespace headrace::testing
