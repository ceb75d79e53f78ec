#include "quant/observers/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace headrace {
namespace {

constexpr int kHalf = TensorStatistics::kBins / 2;
constexpr int kSmallestExponent = -60;
constexpr int64_t kEnough = 1 << 16;  // values that make a histogram row sharp; more are thinned out
constexpr double kFixedPoint = 1 << 16;  // a sum's unit is 2^-16: exact addition in any order

// Minimum, maximum and sum in lanes, which compilers turn into vector instructions.
TensorStatistics::Summary summarize(const float* values, int64_t n) {
  constexpr int64_t kLanes = 16;
  std::array<float, kLanes> low, high, sum{};
  low.fill(std::numeric_limits<float>::infinity());
  high.fill(-std::numeric_limits<float>::infinity());
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const float value = values[i + lane];
      low[lane] = value < low[lane] ? value : low[lane];
      high[lane] = value > high[lane] ? value : high[lane];
      sum[lane] += value;
    }
  TensorStatistics::Summary all;
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    all.min = std::min(all.min, low[lane]);
    all.max = std::max(all.max, high[lane]);
    all.sum += static_cast<double>(sum[lane]);
  }
  for (; i < n; ++i) all.add(values[i]);
  return all;
}

// The exponent of the bin width with which `magnitude` falls into the histogram.
int exponent_for(float magnitude) {
  int exponent;  // magnitude < 2^exponent
  std::frexp(magnitude, &exponent);
  return std::max(exponent - 9, kSmallestExponent);  // kHalf == 2^9
}
static_assert(kHalf == 1 << 9);

void merge_pairs(uint32_t* row) {
  std::array<uint32_t, TensorStatistics::kBins> merged{};
  for (int bin = 0; bin < TensorStatistics::kBins; ++bin) {
    const int position = bin - kHalf;
    const int to = (position >= 0 ? position / 2 : -((-position + 1) / 2)) + kHalf;  // floor(position / 2)
    merged[static_cast<size_t>(to)] += row[bin];
  }
  std::copy(merged.begin(), merged.end(), row);
}

// Adds `count` to the bins that [low, high) covers, in proportion.
void spread(Histogram& histogram, double low, double high, double count) {
  const double first = (low - histogram.low) / histogram.width, last = (high - histogram.low) / histogram.width;
  const auto bins = static_cast<double>(histogram.counts.size());
  const double from = std::clamp(first, 0.0, bins), to = std::clamp(last, 0.0, bins);
  if (to - from < 1e-9) {  // outside, or no extent: the nearest bin takes all
    histogram.counts[static_cast<size_t>(std::clamp(first, 0.0, bins - 1))] += count;
    return;
  }
  const double density = count / (to - from);
  for (auto bin = static_cast<size_t>(from); bin < histogram.counts.size() && static_cast<double>(bin) < to; ++bin)
    histogram.counts[bin] += density * (std::min(to, static_cast<double>(bin) + 1) - std::max(from, static_cast<double>(bin)));
}

}  // namespace

ChannelView channel_view(const Dims& dims, int axis) {
  ChannelView view;
  const int rank = static_cast<int>(dims.size());
  if (rank == 0) return view;
  const int at = axis < 0 ? axis + rank : axis;
  for (int i = 0; i < rank; ++i) (i < at ? view.outer : i == at ? view.channels : view.inner) *= dims[static_cast<size_t>(i)];
  return view;
}

double Histogram::total() const {
  double sum = 0;
  for (const double count : counts) sum += count;
  return sum;
}

Status TensorStatistics::prepare(const ChannelView& view) {
  const auto channels = static_cast<size_t>(view.channels);
  if (min_.empty()) {
    min_.assign(channels, std::numeric_limits<float>::infinity());
    max_.assign(channels, -std::numeric_limits<float>::infinity());
    sum_.assign(channels, 0);
    seen_.assign(channels, 0);
    const size_t rows = shared_ ? 1 : channels;
    exponent_.assign(rows, kSmallestExponent);
    counts_.assign(rows * kBins, 0);
  }
  if (min_.size() != channels)
    return invalid_data("its channels change from sample to sample: " + std::to_string(min_.size()) + ", then " + std::to_string(channels));
  return Ok{};
}

Status TensorStatistics::observe(const Tensor& tensor) {
  const ChannelView view = channel_view(tensor.dims(), axis_);
  HEADRACE_CHECK(prepare(view));
  const float* data = tensor.as<float>().data();
  const Status status = view.inner == 1 ? observe_rows(data, view) : observe_planes(data, view);
  return status;
}

Status TensorStatistics::add(size_t channel, const Summary& summary, int64_t n) {
  if (!std::isfinite(summary.sum) || !std::isfinite(summary.min) || !std::isfinite(summary.max))
    return invalid_data("it holds NaN or infinity");
  min_[channel] = std::min(min_[channel], summary.min);
  max_[channel] = std::max(max_[channel], summary.max);
  sum_[channel] += std::llrint(std::clamp(summary.sum * kFixedPoint, -9e18, 9e18));
  seen_[channel] += n;
  grow(shared_ ? 0 : channel, std::max(std::abs(summary.min), std::abs(summary.max)));
  return Ok{};
}

// Channels with many neighbouring values each, as in feature maps.
Status TensorStatistics::observe_planes(const float* data, const ChannelView& view) {
  const int64_t stride = std::max<int64_t>(1, view.inner * expected_samples_ / kEnough);
  for (int64_t plane = 0; plane < view.outer * view.channels && view.inner > 0; ++plane) {
    const auto channel = static_cast<size_t>(plane % view.channels);
    const float* values = data + plane * view.inner;
    HEADRACE_CHECK(add(channel, summarize(values, view.inner), view.inner));
    count(shared_ ? 0 : channel, values, view.inner, stride);
  }
  return Ok{};
}

// Channels last, as in token sequences: a row holds one value of every channel.
Status TensorStatistics::observe_rows(const float* data, const ChannelView& view) {
  std::vector<Summary> summaries(static_cast<size_t>(view.channels));
  for (int64_t row = 0; row < view.outer; ++row)
    for (size_t c = 0; c < summaries.size(); ++c) summaries[c].add(data[static_cast<size_t>(row * view.channels) + c]);
  for (size_t c = 0; c < summaries.size() && view.outer > 0; ++c) HEADRACE_CHECK(add(c, summaries[c], view.outer));
  if (shared_) {
    const int64_t values = view.outer * view.channels;
    count(0, data, values, std::max<int64_t>(1, values * expected_samples_ / (kEnough * 64)));
  } else {
    for (int64_t i = 0; i < view.outer * view.channels; ++i) count(static_cast<size_t>(i % view.channels), data + i, 1, 1);
  }
  return Ok{};
}

void TensorStatistics::grow(size_t row, float magnitude) {
  for (const int wanted = exponent_for(magnitude); exponent_[row] < wanted; ++exponent_[row]) {
    uint32_t* counts = counts_.data() + row * kBins;
    if (std::all_of(counts, counts + kBins, [](uint32_t n) { return n == 0; })) {
      exponent_[row] = wanted;
      return;
    }
    merge_pairs(counts);
  }
}

void TensorStatistics::count(size_t row, const float* values, int64_t n, int64_t stride) {
  uint32_t* counts = counts_.data() + row * kBins + kHalf;
  const float per_width = std::ldexp(1.0f, -exponent_[row]);
  for (int64_t i = 0; i < n; i += stride) ++counts[static_cast<int>(std::floor(values[i] * per_width))];
}

float TensorStatistics::tensor_min() const { return min_.empty() ? 0 : *std::min_element(min_.begin(), min_.end()); }
float TensorStatistics::tensor_max() const { return max_.empty() ? 0 : *std::max_element(max_.begin(), max_.end()); }

std::vector<double> TensorStatistics::mean() const {
  std::vector<double> out(sum_.size());
  for (size_t c = 0; c < out.size(); ++c)
    out[c] = seen_[c] == 0 ? 0 : static_cast<double>(sum_[c]) / kFixedPoint / static_cast<double>(seen_[c]);
  return out;
}

Histogram TensorStatistics::histogram(size_t bins) const {
  const double low = std::min(0.0, static_cast<double>(tensor_min())), high = std::max(0.0, static_cast<double>(tensor_max()));  // zero must be representable
  Histogram histogram;
  histogram.low = low;
  histogram.width = high > low ? (high - low) / static_cast<double>(bins) : 1.0;
  histogram.counts.assign(bins, 0);
  for (size_t row = 0; row < exponent_.size(); ++row) {
    const double width = std::ldexp(1.0, exponent_[row]);
    // A bin's values lie inside the channel's own minimum and maximum, which narrows the outermost bins.
    const double row_low = shared_ ? low : static_cast<double>(min_[row]), row_high = shared_ ? high : static_cast<double>(max_[row]);
    for (int bin = 0; bin < kBins; ++bin) {
      const uint32_t count = counts_[row * kBins + static_cast<size_t>(bin)];
      if (count == 0) continue;
      const double left = (bin - kHalf) * width;
      spread(histogram, std::max(left, row_low), std::min(left + width, row_high), count);
    }
  }
  return histogram;
}

}  // namespace headrace
