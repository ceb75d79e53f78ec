// Batches: groups of pictures that a thread computes together, pictures left over, and the memory that pictures share.
#include "engines/models.h"
#include "engines/native/against_reference.h"
#include "engines/native/batch_plan.h"
#include "engines/native/net.h"
#include "engines/native/session.h"
#include "proto/infer_shapes.h"

namespace headrace {
namespace {

using namespace headrace::testing;

// Large pictures and small weights in front, which pictures pass in turn, and in bands; then the other way round. `early` is read
// on both sides of the change, and written when the large tensors' memory is free again, until the next picture comes.
Model narrowing_model() {
  Net net(Arithmetic::kUnsignedCodes);
  Value* x = net.conv(net.picture(3, 128, 128), {.channels = 32, .activation = "Relu"});
  x = net.depthwise(x, {.activation = "Clip"});
  x = net.conv(x, {.channels = 32, .kernel = 4, .stride = 16, .pads = {0, 0, 0, 0}});
  Value* early = net.conv(x, {.channels = 32, .kernel = 1});
  Value* late = net.conv(net.conv(early, {.channels = 48, .activation = "Relu"}), {.channels = 32});
  Value* y = net.conv(net.add(late, early, "Relu"), {.channels = 64, .kernel = 5});
  return net.finish({net.gemm(net.flattened(net.global_mean(y)), 64, 10, true)});
}

// On one thread two groups of three pictures and one that is left over; on two threads a group each.
TEST(NativeBatch, GroupsOfPicturesAndOneLeftOver) {
  Model model = narrowing_model();
  const std::vector<Inputs> runs{random_inputs(model, 7)};
  expect_reference_bits(std::move(model), runs);
}

size_t activation_bytes(const native::Program& program, int images) {
  std::vector<native::Extent> inputs = native::input_extents(program.signature);
  for (native::Extent& extent : inputs) extent.n = images;
  const auto plan = native::BatchPlan::make(program, inputs, 1);
  if (!plan.ok()) return 0;
  return (*plan)->memory_bytes(1) - (*plan)->scratch_bytes(1);
}

// The large tensors are written anew by every picture; of the small ones each has its own.
TEST(NativeBatch, PicturesTakeTurnsInTheSameMemory) {
  const ScopedVariable direct("HEADRACE_WINOGRAD", "0");
  Model model = narrowing_model();
  ASSERT_OK(infer_shapes(model));
  const std::string bytes = bytes_of(model);
  const auto program = native::load_program(std::string_view(bytes));
  ASSERT_OK(program);
  const size_t one = activation_bytes(*program, 1), four = activation_bytes(*program, 4);
  ASSERT_GT(one, 0u);
  EXPECT_GT(four, one);
  EXPECT_LT(four, one + one / 2);
}

}  // namespace
}  // namespace headrace
