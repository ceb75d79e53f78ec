// s16 x s16 into s32, modulo 2^32.
#include <gtest/gtest.h>

#include "kernels/conv_problem.h"

namespace headrace::kernels::testing {
namespace {

void check(const KernelTable& table, Dice& dice, const ConvProblem& p, const std::vector<int16_t>& in,
           const std::vector<int16_t>& weights) {
  SCOPED_TRACE(::testing::Message() << p);
  const PackedConv packed = pack_gemm_s16(table.gemm_s16_geometry, p.shape.output_channels, p.shape.group_channels, weights);
  Picture<int16_t> input(dice, 1, p.width, p.input_channels());
  input.fill(in, 0);
  Picture<int32_t> output(dice, 1, p.width, p.shape.output_channels), want = output;
  each_output(p, [&](int h, int w, int i) {
    const int64_t sum =
        direct_sum<int64_t>(p, weights, h, w, i, [&](int, int x, int k) { return in[x * p.input_channels() + k]; });
    want.set(h, w, i, static_cast<int32_t>(sum));
  });
  run_conv(table.gemm_s16, table.gemm_s16_geometry.workspace_bytes, p, packed, {.output = ConvOutput::kS32}, input, output,
           nullptr, 1);
  expect_same(output, want);
}

TEST(GemmS16, EveryPanelWidthAndTileRemainder) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(21);
    const ConvGeometry& geometry = table.gemm_s16_geometry;
    for (int vectors = 1; vectors <= 2 * geometry.max_vectors + 1; ++vectors)
      for (int missing = 0; missing < geometry.lanes; missing += dice.pick(1, 7))
        for (int pixels = 1; pixels <= 29; ++pixels) {
          const ConvProblem p = pointwise_conv(pixels, dice.pick(1, 12), vectors * geometry.lanes - missing);
          check(table, dice, p, dice.values<int16_t>(p.width * p.input_channels()), dice.values<int16_t>(p.weight_count()));
        }
  });
}

TEST(GemmS16, ExtremeValuesWrap) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(22);
    for (const int x : {-32768, 32767})
      for (const int w : {-32768, 32767}) {
        const ConvProblem p = pointwise_conv(5, 8, 21);
        check(table, dice, p, std::vector<int16_t>(40, static_cast<int16_t>(x)),
              std::vector<int16_t>(p.weight_count(), static_cast<int16_t>(w)));
      }
  });
}

}  // namespace
}  // namespace headrace::kernels::testing
