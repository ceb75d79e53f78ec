// What calibration remembers of one activation: streamed and of fixed size.
//
// The histogram's range grows by powers of two (two bins merge into one), so a value counted early lands where it would have
// landed had the final range been known from the start, and no second pass is needed.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace {

// How a tensor is looked at: as [outer, channels, inner].
struct ChannelView {
  int64_t outer = 1, channels = 1, inner = 1;
};
// The view of a tensor of these dims along `axis` (negative counts from the end).
ChannelView channel_view(const Dims& dims, int axis);

// A histogram over bins of equal width, for choosing a range.
struct Histogram {
  double low = 0;    // left edge of the first bin
  double width = 1;  // of a bin
  std::vector<double> counts;

  double center(size_t bin) const { return low + (static_cast<double>(bin) + 0.5) * width; }
  double high() const { return low + static_cast<double>(counts.size()) * width; }
  double total() const;
};

class TensorStatistics {
 public:
  // Bins while counting, half of them for negative values.
  static constexpr int kBins = 16384;

  // Of some values.
  struct Summary {
    float min = std::numeric_limits<float>::infinity();
    float max = -std::numeric_limits<float>::infinity();
    double sum = 0;  // NaN or infinite when a value is
    void add(float value) {
      min = value < min ? value : min;
      max = value > max ? value : max;
      sum += static_cast<double>(value);
    }
  };

  // `axis` is the channel axis. `expected_samples` sets how many of a large tensor's values enter the histogram, evenly spread;
  // all enter minimum, maximum and mean.
  TensorStatistics(int axis, int64_t expected_samples) : axis_(axis), expected_samples_(expected_samples) {}

  // Adds one float32 tensor. Errors: invalid_data when it holds NaN or infinity, or its number of channels changes between
  // samples.
  Status observe(const Tensor& tensor);

  float min() const { return seen_ == 0 ? 0 : min_; }
  float max() const { return seen_ == 0 ? 0 : max_; }
  // Of each channel over everything seen.
  std::vector<double> mean() const;
  // Over the observed range and zero, in `bins` bins.
  Histogram histogram(size_t bins = 4096) const;
  // Memory taken, which depends on the number of channels alone.
  size_t byte_size() const { return counts_.size() * sizeof(uint32_t) + sums_.size() * sizeof(double); }

 private:
  Status observe_planes(const float* data, const ChannelView& view);
  Status observe_rows(const float* data, const ChannelView& view);
  Status add(size_t channel, const Summary& summary);
  void grow(float magnitude);
  void count(const float* values, int64_t n);

  int axis_;
  int64_t expected_samples_;
  float min_ = std::numeric_limits<float>::infinity(), max_ = -std::numeric_limits<float>::infinity();
  std::vector<double> sums_;  // per channel
  int64_t seen_ = 0;          // values per channel
  int exponent_ = 0;          // a bin is 2^exponent wide
  std::vector<uint32_t> counts_;
};

}  // namespace headrace
