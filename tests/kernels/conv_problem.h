// Random convolutions, and what they should give: loops over the weights as the model has them, with padding by asking whether a
// tap lies in the picture. Nothing here knows of steps, panels or halos.
#pragma once

#include <algorithm>
#include <ostream>
#include <type_traits>
#include <vector>

#include "kernels/kernels_test_support.h"
#include "kernels/pack.h"

namespace headrace::kernels::testing {

struct ConvProblem {
  ConvShape shape;
  int height = 1, width = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  Halo pad;

  int input_channels() const { return shape.groups * shape.group_channels; }
  int output_height() const { return outputs(height + pad.top + pad.bottom, shape.kernel_h, stride_h, dilation_h); }
  int output_width() const { return outputs(width + pad.left + pad.right, shape.kernel_w, stride_w, dilation_w); }
  size_t weight_count() const {
    return static_cast<size_t>(shape.output_channels) * shape.kernel_h * shape.kernel_w * shape.group_channels;
  }

 private:
  static int outputs(int input, int kernel, int stride, int dilation) {
    const int window = (kernel - 1) * dilation + 1;
    return input < window ? 0 : (input - window) / stride + 1;
  }
};

std::ostream& operator<<(std::ostream& out, const ConvProblem& problem);

// Any kernel, stride, dilation, padding, grouping and channel count, with at least one output pixel.
ConvProblem random_conv(Dice& dice);
// The residual addition of two quantised tensors.
AddU8 random_sum(Dice& dice);
// One row of so many pixels, a 1x1 kernel.
ConvProblem pointwise_conv(int pixels, int channels, int output_channels);

// The sum for one output. x(row, column, channel) is called only inside the picture.
template <typename Sum, typename W, typename X>
Sum direct_sum(const ConvProblem& p, const std::vector<W>& weights, int row, int col, int channel, const X& x) {
  Sum sum = 0;
  const int group = channel / (p.shape.output_channels / p.shape.groups);
  const W* weight = weights.data() + p.weight_count() / p.shape.output_channels * channel;
  for (int kh = 0; kh < p.shape.kernel_h; ++kh)
    for (int kw = 0; kw < p.shape.kernel_w; ++kw)
      for (int i = 0; i < p.shape.group_channels; ++i, ++weight) {
        const int h = row * p.stride_h + kh * p.dilation_h - p.pad.top, w = col * p.stride_w + kw * p.dilation_w - p.pad.left;
        if (h < 0 || h >= p.height || w < 0 || w >= p.width) continue;
        sum += static_cast<Sum>(*weight) * static_cast<Sum>(x(h, w, group * p.shape.group_channels + i));
      }
  return sum;
}

// Calls visit(row, column, channel) for every output.
template <typename Visit>
void each_output(const ConvProblem& p, const Visit& visit) {
  for (int h = 0; h < p.output_height(); ++h)
    for (int w = 0; w < p.output_width(); ++w)
      for (int c = 0; c < p.shape.output_channels; ++c) visit(h, w, c);
}

// Runs the kernel over all panels, `rows_each` output rows at a time, in a workspace of `workspace_bytes` and no more.
template <typename In, typename Out>
void run_conv(ConvKernel kernel, size_t workspace_bytes, const ConvProblem& p, const PackedConv& packed,
              const ConvEpilogue& epilogue, Picture<In>& input, Picture<Out>& output, std::type_identity_t<Picture<Out>>* addend,
              int rows_each) {
  AlignedBytes workspace(workspace_bytes);
  const std::vector<int32_t> offsets = step_offsets(packed, p.dilation_h * input.row_bytes(), p.dilation_w * input.pixel_bytes());
  for (int begin = 0; begin < p.output_height(); begin += rows_each) {
    std::vector<ConvPixel> pixels;
    for (int h = begin; h < std::min(begin + rows_each, p.output_height()); ++h)
      for (int w = 0; w < p.output_width(); ++w)
        pixels.push_back({input.at(h * p.stride_h - p.pad.top, w * p.stride_w - p.pad.left), output.at(h, w),
                          addend ? addend->at(h, w) : nullptr});
    ConvTask task;
    task.pixels = pixels.data();
    task.pixel_count = static_cast<int>(pixels.size());
    task.panels = packed.panels.data();
    task.panel_count = static_cast<int>(packed.panels.size());
    task.offsets = offsets.data();
    task.epilogue = &epilogue;
    task.workspace = workspace.data();
    task.prefetch = packed.bytes.data();
    task.prefetch_bytes = packed.bytes.size();
    kernel(task);
  }
}

}  // namespace headrace::kernels::testing
