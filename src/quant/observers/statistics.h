// What calibration remembers of one activation: streamed, of fixed size, and independent of the order in which samples come.
//
// Ranges grow by powers of two (two bins merge into one), so a value counted early lands where it would have landed had the final range been
// known from the start; sums are kept in fixed point. Hence the result is the same for any number of threads.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
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
  // Bins of one channel's histogram, half of them for negative values. The memory taken is 4 * bins bytes a channel.
  static constexpr int kBins = 1024;

  // Of the values of one channel in one sample.
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

  // `axis` is the channel axis. `expected_samples` sets how many of a large tensor's values enter the histogram, evenly spread (all enter minimum,
  // maximum and mean). With `shared_histogram` all channels count into one.
  TensorStatistics(int axis, int64_t expected_samples, bool shared_histogram)
      : axis_(axis), expected_samples_(expected_samples), shared_(shared_histogram) {}

  // Adds one float32 tensor. Errors: invalid_data when it holds NaN or infinity, or its number of channels changes between samples.
  Status observe(const Tensor& tensor);

  int axis() const { return axis_; }
  // Memory taken, which depends on the number of channels alone.
  size_t byte_size() const { return counts_.size() * sizeof(uint32_t) + min_.size() * 32; }
  size_t channels() const { return min_.size(); }
  bool shared_histogram() const { return shared_; }
  std::span<const float> min() const { return min_; }
  std::span<const float> max() const { return max_; }
  float tensor_min() const;
  float tensor_max() const;
  // Mean of each channel over everything seen.
  std::vector<double> mean() const;
  // The histogram of the whole tensor over the observed range, in `bins` bins.
  Histogram histogram(size_t bins = 4096) const;

 private:
  Status prepare(const ChannelView& view);
  Status observe_planes(const float* data, const ChannelView& view);
  Status observe_rows(const float* data, const ChannelView& view);
  Status add(size_t channel, const Summary& summary, int64_t n);
  void count(size_t row, const float* values, int64_t n, int64_t stride);
  void grow(size_t row, float magnitude);

  int axis_;
  int64_t expected_samples_;
  bool shared_;
  std::vector<float> min_, max_;
  std::vector<int64_t> sum_;       // fixed point, kFraction bits
  std::vector<int64_t> seen_;      // values per channel
  std::vector<int> exponent_;      // bin width of a histogram row: 2^exponent
  std::vector<uint32_t> counts_;   // [rows][kBins]
};

}  // namespace headrace
