#include "kernels/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/kernels_test_support.h"
#include "support/test_support.h"

namespace headrace::kernels::testing {
namespace {

TEST(Pack, PanelsCoverEveryChannelOnceAndNeverCrossGroups) {
  for_each_isa([](const KernelTable& table) {
    const ConvGeometry& geometry = table.conv_f32_geometry;
    for (int groups = 1; groups <= 3; ++groups)
      for (int channels = 1; channels <= 150; channels += 7) {
        const ConvShape shape{.output_channels = groups * channels, .groups = groups, .group_channels = 1};
        const PackedConv packed = pack_conv_f32(geometry, shape, std::vector<float>(groups * channels), {});
        int next = 0;
        for (const ConvPanel& panel : packed.panels) {
          EXPECT_EQ(panel.first_channel, next);
          EXPECT_GE(panel.channels, 1);
          EXPECT_LE(panel.channels, panel.vectors * geometry.lanes);
          EXPECT_LE(panel.vectors, geometry.max_vectors);
          EXPECT_EQ(panel.first_channel / channels, (panel.first_channel + panel.channels - 1) / channels);
          EXPECT_EQ(reinterpret_cast<uintptr_t>(panel.data) % 64, 0u);
          next += panel.channels;
        }
        EXPECT_EQ(next, groups * channels);
      }
  });
}

TEST(Pack, EveryLaneIsUsedOnce) {
  for (const int lanes : {8, 16})
    for (int vectors = 1; vectors <= 4; ++vectors) {
      std::vector<int> uses(lanes * vectors);
      for (int c = 0; c < lanes * vectors; ++c) ++uses.at(packed_lane(c, vectors, lanes));
      EXPECT_THAT(uses, ::testing::Each(1)) << lanes << " lanes, " << vectors << " vectors";
    }
}

TEST(Pack, OffsetsFollowTapsAndChannels) {
  const ConvShape shape{.output_channels = 2, .groups = 2, .kernel_h = 1, .kernel_w = 2, .group_channels = 5};
  const PackedConv packed = pack_conv_f32({.lanes = 8, .max_vectors = 1}, shape, std::vector<float>(20), {});
  ASSERT_EQ(packed.panels.size(), 2u);
  const std::vector<int32_t> offsets = step_offsets(packed, 1000, 100);
  const auto of = [&](const ConvPanel& panel) {
    return std::vector<int32_t>(offsets.begin() + panel.first_step, offsets.begin() + panel.first_step + panel.steps);
  };
  EXPECT_THAT(of(packed.panels[0]), ::testing::ElementsAre(0, 4, 8, 12, 16, 100, 104, 108, 112, 116));
  EXPECT_THAT(of(packed.panels[1]), ::testing::ElementsAre(20, 24, 28, 32, 36, 120, 124, 128, 132, 136));
}

TEST(Pack, SumsBeyond32BitsAreRefused) {
  for_each_isa([](const KernelTable& table) {
    const ConvShape shape{.output_channels = 2, .group_channels = 1};
    const std::vector<int8_t> weights{1, 1};
    const std::vector<float> one{1e-4f, 1e-4f}, large{1e-4f, 1e8f}, nan{1e-4f, NAN};
    const auto pack = [&](const std::vector<int32_t>& bias, const std::vector<float>& multiplier) {
      return pack_conv_u8(table.conv_u8_geometry, shape, weights, bias, multiplier);
    };
    ASSERT_OK(pack({0, 2147483647 - 255}, one));
    EXPECT_ERROR(pack({0, 2147483647 - 254}, one), "output channel 1 can sum to 2147483648, beyond 32 bits");
    EXPECT_ERROR(pack({0, 0}, large), "output channel 1 can reach");
    EXPECT_ERROR(pack({0, 0}, nan), "output channel 1 can reach");
  });
}

TEST(AlignedBytes, AreZeroedAndAligned) {
  for (const size_t size : {size_t{1}, size_t{100}, size_t{5} << 20}) {
    const AlignedBytes bytes(size);
    EXPECT_EQ(bytes.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % 64, 0u);
    EXPECT_EQ(std::count(bytes.data(), bytes.data() + size, std::byte{0}), static_cast<ptrdiff_t>(size));
  }
}

}  // namespace
}  // namespace headrace::kernels::testing
