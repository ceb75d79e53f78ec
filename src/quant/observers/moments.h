// Second moments of what a layer's weights are multiplied with: how much a rounding error of one weight hurts, and which errors
// cancel.
//
// A layer's input is looked at in patches: for each output position, the values that the columns of WeightRows meet, per group. A
// few positions of each sample are drawn (a seeded choice), and for each group E[x] and E[x xT] are gathered, the latter in
// diagonal blocks of neighbouring columns.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/tensor.h"
#include "quant/layer.h"

namespace headrace {

class InputMoments {
 public:
  static constexpr int64_t kBlock = 128;     // columns of a block
  static constexpr int64_t kPatches = 2048;  // patches gathered in all

  // nullopt for a layer whose patches we do not extract (ConvTranspose, convolutions of rank 5 and above).
  static std::optional<InputMoments> of(const WeightedLayer& layer, size_t expected_samples);

  // Adds patches of one sample's input. `sample` seeds the choice of positions. Calls must come one at a time and in the same
  // order to give the same sums.
  void observe(const Tensor& input, size_t sample);

  int64_t groups() const { return groups_; }
  int64_t columns() const { return columns_; }
  int64_t blocks() const { return (columns_ + kBlock - 1) / kBlock; }
  int64_t block_size(int64_t block) const { return std::min(kBlock, columns_ - block * kBlock); }

  double mean(int64_t group, int64_t column) const;
  // One block, row-major [block_size, block_size]: E[x xT] - E[x] E[x]T where `centered`, E[x xT] otherwise.
  std::vector<double> second_moments(int64_t group, int64_t block, bool centered) const;

 private:
  struct Geometry {  // of the patches in the input, as [N, C, H, W]
    int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    bool channels_last = false;  // Gemm, MatMul: every row is a patch
  };

  void extract(const float* input, const Dims& dims, int64_t position, float* patch) const;  // [groups, columns]
  int64_t positions(const Dims& dims) const;
  void add(const std::vector<float>& patches, int64_t count);

  Geometry geometry_;
  int64_t groups_ = 1, columns_ = 0, inner_ = 1, per_sample_ = 1;
  int64_t seen_ = 0;
  std::vector<double> sums_;     // [groups, columns]
  std::vector<float> products_;  // [groups, columns, kBlock]: row i of a block holds columns 0 to i
};

}  // namespace headrace
