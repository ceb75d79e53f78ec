// Residual sums in their addends' places: where they may stand there, and where a reader would come too late.
#include "engines/models.h"
#include "engines/native/against_reference.h"
#include "engines/native/batch_plan.h"
#include "engines/native/net.h"
#include "engines/native/session.h"
#include "proto/infer_shapes.h"

namespace headrace {
namespace {

using namespace headrace::testing;

Value* residual_block(Net& net, Value* x) {
  Value* y = net.conv(net.conv(x, {.channels = 8, .kernel = 1}), {.channels = 8});
  return net.add(net.conv(y, {.channels = net.channels(x), .kernel = 1}), x, "Relu");
}

size_t activation_bytes(Model model) {
  const ScopedVariable direct("HEADRACE_WINOGRAD", "0");
  if (!infer_shapes(model).ok()) return 0;
  const std::string bytes = bytes_of(model);
  const auto program = native::load_program(std::string_view(bytes));
  if (!program.ok()) return 0;
  const auto plan = native::BatchPlan::make(*program, native::input_extents(program->signature), 1);
  return plan.ok() ? (*plan)->memory_bytes(1) - (*plan)->scratch_bytes(1) : 0;
}

// The large tensor is there once; twice when someone reads it afterwards.
TEST(NativeOverwrite, AStageOfBlocksHasOneLargeTensor) {
  constexpr int kSide = 40, kChannels = 64;
  constexpr size_t kLarge = size_t{kSide} * kSide * kChannels;
  const auto bytes_of_net = [&](bool read_again) {
    Net net(Arithmetic::kUnsignedCodes);
    Value* x = net.conv(net.picture(3, kSide, kSide), {.channels = kChannels, .kernel = 1});
    Value* y = residual_block(net, residual_block(net, x));
    std::vector<Value*> outputs{net.gemm(net.flattened(net.global_mean(y)), kChannels, 3, true)};
    if (read_again) outputs.push_back(net.gemm(net.flattened(net.global_mean(x)), kChannels, 3, true));
    return activation_bytes(net.finish(outputs));
  };
  EXPECT_GT(bytes_of_net(false), kLarge);
  EXPECT_LT(bytes_of_net(false), kLarge * 3 / 2);
  EXPECT_GT(bytes_of_net(true), 2 * kLarge);
}

void expect_reference(Net& net, const std::vector<Value*>& outputs, int batch) {
  Model model = net.finish(outputs);
  const std::vector<Inputs> runs{random_inputs(model, batch)};
  expect_reference_bits(std::move(model), runs);
}

TEST(NativeOverwrite, BlocksAfterBlocks) {
  Net net(Arithmetic::kUnsignedCodes);
  Value* x = net.conv(net.picture(3, 24, 20), {.channels = 64, .kernel = 1});
  for (int i = 0; i < 3; ++i) x = residual_block(net, x);
  expect_reference(net, {net.conv(x, {.channels = 5, .kernel = 1})}, 3);
}

// The block is a chain of its own, since `aside` comes between; it runs a band of rows at a time.
TEST(NativeOverwrite, InBandsOfRows) {
  Net net(Arithmetic::kUnsignedCodes);
  Value* x = net.conv(net.picture(3, 150, 150), {.channels = 27, .kernel = 1, .activation = "Relu"});
  Value* aside = net.conv(x, {.channels = 2, .kernel = 1});
  Value* y = net.conv(residual_block(net, x), {.channels = 5, .kernel = 5});
  expect_reference(net, {y, aside}, 2);
}

}  // namespace
}  // namespace headrace
