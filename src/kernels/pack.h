// Weights in the order in which the micro-kernels of conv.h read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "kernels/conv.h"

namespace headrace::kernels {

// 64-byte aligned storage that asks for huge pages when it is large.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(size_t size);  // zeroed
  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

// How steps are numbered: by group, kernel row, kernel column and four bytes of channels, the last fastest.
struct StepOrder {
  int kernel_h = 1, kernel_w = 1;
  int group_bytes = 0;  // of a pixel, that a group reads

  int steps_of_tap() const { return (group_bytes + 3) / 4; }
  int steps_of_group() const { return kernel_h * kernel_w * steps_of_tap(); }
};

struct PackedConv {
  std::vector<ConvPanel> panels;  // in the order of their channels
  StepOrder order;
  std::vector<uint32_t> steps;  // the numbers of the panels' steps, lists shared where they are the same
  AlignedBytes bytes;

  std::byte* writable(const ConvPanel& panel) { return bytes.data() + (panel.data - bytes.data()); }
};

// A convolution's weights as the model has them: OHWI order, [output_channels][kernel_h][kernel_w][input channels of a group].
struct ConvShape {
  int output_channels = 0, groups = 1, kernel_h = 1, kernel_w = 1;
  int group_channels = 0;  // input channels of one group
};

// The sum of the weights above zero, and of those below.
struct SignedSums {
  int64_t positive = 0, negative = 0;
};
SignedSums signed_sums(std::span<const int8_t> weights);
// The largest magnitude that a channel's sum can take, over all inputs of u8.
int64_t largest_sum(std::span<const int8_t> weights, int32_t bias);

// u8 x s8. `bias`: int32 [output_channels] with the input's zero point already taken out (bias - zero_point * sum of weights);
// `multiplier`: float32 [output_channels].
// Errors: unsupported when a sum could leave int32, or a scaled sum the range of int32.
Result<PackedConv> pack_conv_u8(const ConvGeometry& geometry, const ConvShape& shape, std::span<const int8_t> weights,
                                std::span<const int32_t> bias, std::span<const float> multiplier);
// f32 x f32. `bias` may be empty (zeros).
PackedConv pack_conv_f32(const ConvGeometry& geometry, const ConvShape& shape, std::span<const float> weights,
                         std::span<const float> bias);
// s16 x s16, [output_channels][channels] with one tap (channels even, or read as if a zero followed); no bias, no multiplier in
// use.
PackedConv pack_gemm_s16(const ConvGeometry& geometry, int output_channels, int channels, std::span<const int16_t> weights);

// The byte distance of every step for an input whose rows and pixels lie so many bytes apart (dilation already multiplied in).
std::vector<int32_t> step_offsets(const PackedConv& packed, ptrdiff_t tap_row_bytes, ptrdiff_t tap_pixel_bytes);

}  // namespace headrace::kernels
