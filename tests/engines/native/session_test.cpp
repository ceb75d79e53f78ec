// Sessions: many callers, repeated runs, inputs that do not fit, models that the engine refuses, the choice of kernels.
#include <thread>

#include "engines/models.h"
#include "engines/native/against_reference.h"
#include "engines/native/net.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using ::testing::HasSubstr;
using Ints = std::vector<int64_t>;

Model residual_model(Arithmetic arithmetic) {
  Net net(arithmetic);
  Value* x = net.conv(net.picture(3, -1, -1), {.channels = 20, .activation = "Relu"});
  Value* y = net.add(net.conv(net.depthwise(x, {.activation = "Clip"}), {.channels = 20}), x, "Relu");
  return net.finish({net.gemm(net.flattened(net.global_mean(y)), 20, 9, true)});
}

// Eight callers, a team of two: who does not get the team computes alone. Batches differ, so that plans are made meanwhile.
void expect_the_same_from_eight_callers(Arithmetic arithmetic) {
  constexpr int kCallers = 8, kRuns = 4;
  Model model = residual_model(arithmetic);
  const auto session = load_model("native", model, 2);
  ASSERT_OK(session);
  std::vector<Inputs> inputs, expected;
  for (int caller = 0; caller < kCallers; ++caller) {
    inputs.push_back(random_inputs(model, 1 + caller % 3, 13, static_cast<uint32_t>(caller)));
    expected.push_back(outputs_of(**load_model("native", model, 1), inputs.back()));
  }
  std::vector<int> equal(kCallers, 0);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller)
    callers.emplace_back([&, caller] {
      const auto c = static_cast<size_t>(caller);
      std::vector<Tensor> outputs;
      for (int run = 0; run < kRuns; ++run)
        if ((*session)->run(inputs[c], outputs).ok()) equal[c] += outputs[0].same_bits(expected[c].at(0)) ? 1 : 0;
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(equal, ::testing::Each(kRuns));
}

TEST(NativeSession, ManyCallersGetTheSameBits) {
  const ScopedVariable direct("HEADRACE_WINOGRAD", "0");
  expect_the_same_from_eight_callers(Arithmetic::kUnsignedCodes);
  expect_the_same_from_eight_callers(Arithmetic::kFloat);
}

// Whether Winograd is used is measured, once for all batches and threads of a process.
TEST(NativeSession, MeasuredChoicesDoNotDependOnTheBatch) {
  Net net(Arithmetic::kFloat);
  Value* x = net.conv(net.picture(3, -1, -1), {.channels = 32});
  Model model = net.finish({net.conv(net.conv(x, {.channels = 32, .activation = "Relu"}), {.channels = 24})});
  const Inputs batch = random_inputs(model, 5, 16);
  for (const int threads : {1, 2}) {
    const auto session = load_model("native", model, threads);
    ASSERT_OK(session);
    const Tensor whole = outputs_of(**session, batch).at(0);
    for (int64_t n = 0; n < 5; ++n)
      EXPECT_TRUE(outputs_of(**session, {picture_of(batch[0], n)}).at(0).same_bits(picture_of(whole, n)));
  }
}

TEST(NativeSession, MoreSizesThanPlansAreKept) {
  Model model = residual_model(Arithmetic::kUnsignedCodes);
  const auto native = load_model("native", model, 1), reference = load_model("reference", model, 1);
  ASSERT_OK(native);
  ASSERT_OK(reference);
  for (int round = 0; round < 2; ++round)
    for (int64_t side = 5; side < 17; ++side) {
      const Inputs inputs = random_inputs(model, 1, side);
      EXPECT_TRUE(outputs_of(**native, inputs).at(0).same_bits(outputs_of(**reference, inputs).at(0))) << side;
    }
}

TEST(NativeSession, RepeatedRunsWriteInPlace) {
  Model model = residual_model(Arithmetic::kUnsignedCodes);
  const auto session = load_model("native", model, 2);
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  ASSERT_OK((*session)->run(random_inputs(model, 2), outputs));
  const std::byte* place = outputs[0].bytes().data();
  ASSERT_OK((*session)->run(random_inputs(model, 2, 9), outputs));
  EXPECT_EQ(outputs[0].bytes().data(), place);
}

TEST(NativeSession, HasTheModelsSignature) {
  Model model = residual_model(Arithmetic::kFloat);
  const auto session = load_model("native", model, 1);
  ASSERT_OK(session);
  const Signature& signature = (*session)->signature();
  ASSERT_EQ(signature.inputs.size(), 1u);
  EXPECT_EQ(to_string(signature.inputs[0].shape), "[N, 3, H, W]");
  EXPECT_EQ(to_string(signature.outputs.at(0).shape), "[N, 9]");
}

// --- Inputs that do not fit.

Status run_with(const Inputs& inputs) {
  Model model = residual_model(Arithmetic::kUnsignedCodes);
  HEADRACE_TRY(const auto session, load_model("native", model, 1));
  std::vector<Tensor> outputs;
  return session->run(inputs, outputs);
}

TEST(NativeInputs, AreChecked) {
  Random random;
  EXPECT_ERROR(run_with({}), "1 input");
  EXPECT_ERROR(run_with({random.normal({1, 4, 9, 9})}), "[1, 4, 9, 9]");
  EXPECT_ERROR(run_with({random.normal({3, 9, 9})}), "[3, 9, 9]");
  EXPECT_ERROR(run_with({Tensor::from<uint8_t>({1, 3, 1, 1}, std::vector<uint8_t>{1, 2, 3})}), "uint8");
}

TEST(NativeInputs, TooSmallAPictureNamesTheLayer) {
  Net net(Arithmetic::kUnsignedCodes);
  Model model = net.finish({net.conv(net.picture(3, -1, -1), {.channels = 4, .kernel = 5, .pads = {0, 0, 0, 0}})});
  const auto session = load_model("native", model, 1);
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  EXPECT_ERROR((*session)->run(Inputs{Random().normal({1, 3, 4, 9})}, outputs), "conv");
  EXPECT_ERROR((*session)->run(Inputs{Random().normal({1, 3, 4, 9})}, outputs), "smaller than the window");
}

TEST(NativeInputs, AnEmptyBatchGivesAnEmptyAnswer) {
  Model model = residual_model(Arithmetic::kUnsignedCodes);
  for (const int threads : {1, 2}) {
    const auto session = load_model("native", model, threads);
    ASSERT_OK(session);
    std::vector<Tensor> outputs;
    ASSERT_OK((*session)->run(random_inputs(model, 0), outputs));
    EXPECT_EQ(outputs[0].dims(), (Dims{0, 9}));
  }
}

// --- Models that the engine refuses. Every message names the node and what to do.

std::string refusal(const std::function<Value*(Net&, Value*)>& layer, Arithmetic arithmetic = Arithmetic::kFloat) {
  Net net(arithmetic);
  Model model = net.finish({layer(net, net.picture(4, 8, 8))});
  const auto session = load_model("native", model, 1);
  return session.ok() ? "it was loaded" : session.error().describe();
}

Value* node(Net& net, const std::string& op, const std::vector<Value*>& inputs,
            const std::map<std::string, Attribute>& attributes = {}) {
  return net.builder().node(op, inputs, attributes, "the_layer");
}

TEST(NativeRefusals, AnUnknownOp) {
  const std::string message = refusal([](Net& net, Value* x) { return node(net, "Cosh", {x}); });
  EXPECT_THAT(message, HasSubstr("Cosh 'the_layer'"));
  EXPECT_THAT(message, HasSubstr("--engine ort"));
}

TEST(NativeRefusals, AllProblemsAtOnce) {
  const std::string message =
      refusal([](Net& net, Value* x) { return node(net, "Cosh", {net.builder().node("Det", {x}, {}, "another")}); });
  EXPECT_THAT(message, HasSubstr("Cosh 'the_layer'"));
  EXPECT_THAT(message, HasSubstr("Det 'another'"));
}

TEST(NativeRefusals, WeightsThatAreNotConstant) {
  const std::string message = refusal([](Net& net, Value* x) {
    return node(net, "Conv", {x, net.builder().input("weights", {4, 4, 3, 3})});
  });
  EXPECT_THAT(message, HasSubstr("Conv 'the_layer': its weights are not constant"));
}

TEST(NativeRefusals, AFlattenThatKeepsMoreThanTheBatch) {
  const std::string message = refusal([](Net& net, Value* x) { return node(net, "Flatten", {x}, {{"axis", int64_t{2}}}); });
  EXPECT_THAT(message, HasSubstr("Flatten 'the_layer'"));
}

TEST(NativeRefusals, EnlargementsThatDoNotRepeatPixels) {
  using Modes = std::pair<std::string, std::string>;
  for (const auto& [coordinates, rounding] : {Modes{"asymmetric", "ceil"}, Modes{"align_corners", "floor"},
                                              Modes{"half_pixel", "floor"}, Modes{"asymmetric", "round_prefer_floor"}}) {
    SCOPED_TRACE(coordinates + ", " + rounding);
    const std::string message = refusal([&](Net& net, Value* x) {
      Value* scales = net.builder().constant("scales", Tensor::from<float>({4}, std::vector<float>{1, 1, 3, 3}));
      return node(net, "Resize", {x, nullptr, scales},
                  {{"coordinate_transformation_mode", coordinates}, {"nearest_mode", rounding}});
    });
    EXPECT_THAT(message, HasSubstr("Resize 'the_layer'"));
  }
}

TEST(NativeRefusals, AnInputOfCodes) {
  Net net(Arithmetic::kFloat);
  Value* x = net.builder().input("x", {1, 3, 4, 4}, DType::kUint8);
  Model model = net.finish({node(net, "Cast", {x}, {{"to", int64_t{1}}})});
  const auto session = load_model("native", model, 1);
  EXPECT_ERROR(session, "input 'x' is not float32");
  EXPECT_ERROR(session, "--engine ort");
}

// --- The choice of kernels.

TEST(NativeKernels, AreForcedByTheEnvironment) {
  const ScopedVariable isa("HEADRACE_ISA", "mmx");
  Model model = residual_model(Arithmetic::kFloat);
  EXPECT_ERROR(load_model("native", model, 1), "HEADRACE_ISA: there are no kernels called 'mmx'; the choices are: ");
}

}  // namespace
}  // namespace headrace
