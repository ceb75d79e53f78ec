// A model that our reader read and our writer wrote computes the same bits in ONNX Runtime as the original.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/evaluate.h"
#include "engines/models.h"
#include "engines/ort/ort_engine.h"
#include "readers/onnx/read.h"

namespace headrace {
namespace {

using namespace headrace::testing;
namespace fs = std::filesystem;

Result<std::vector<Tensor>> run_once(Session& session) {
  Random random(3);
  std::vector<Tensor> inputs, outputs;
  for (const TensorSpec& spec : session.signature().inputs) {
    Dims dims;
    for (const Dim& dim : spec.shape) dims.push_back(dim.known() ? dim.extent : 2);
    if (spec.dtype != DType::kFloat32) return unsupported("only float32 inputs are made up here");
    inputs.push_back(random.normal(dims));
  }
  HEADRACE_CHECK(session.run(inputs, outputs));
  return outputs;
}

// The outputs of the bytes as they are, and of what becomes of them when they are read and written again.
void expect_same_bits(const std::string& original) {
  const auto model = read_onnx_bytes(std::as_bytes(std::span(original)));
  ASSERT_OK(model);
  const auto before = load_bytes("ort", original), after = load_model(ort_engine(), *model, {});
  ASSERT_OK(before);
  ASSERT_OK(after);
  const auto expected = run_once(**before), given = run_once(**after);
  ASSERT_OK(expected);
  ASSERT_OK(given);
  ASSERT_EQ(expected->size(), given->size());
  for (size_t i = 0; i < expected->size(); ++i) EXPECT_TRUE(expected->at(i).same_bits(given->at(i)));
}

class RoundTrip : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto there = ort_engine().available(); !there) GTEST_SKIP() << "not run: " << there.error().describe();
  }
};

TEST_F(RoundTrip, KeepsTheBitsOfOurModels) {
  expect_same_bits(bytes_of(gemm_model()));
  expect_same_bits(bytes_of(conv_model()));
  expect_same_bits(bytes_of(saturating_model()));
}

// The models that the onnx package carries, as far as they are of opset 11 or newer and ONNX Runtime runs them on float32 inputs.
TEST_F(RoundTrip, KeepsTheBitsOfTheModelsInTheOnnxPackage) {
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(HEADRACE_ONNX_MODELS)) {
    if (entry.path().extension() != ".onnx") continue;
    const std::string original = read_file(entry.path());
    if (const auto model = read_onnx_bytes(std::as_bytes(std::span(original))); !model) {
      EXPECT_EQ(model.error().code, ErrorCode::kUnsupported) << entry.path() << ": " << model.error().describe();
      continue;
    }
    const auto session = load_bytes("ort", original);
    if (!session || !run_once(**session)) continue;
    SCOPED_TRACE(entry.path().string());
    expect_same_bits(original);
    ++compared;
  }
  EXPECT_GE(compared, 5);
}

}  // namespace
}  // namespace headrace
