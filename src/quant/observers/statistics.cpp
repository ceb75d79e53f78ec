#include "quant/observers/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/clones.h"

namespace headrace {
namespace {

constexpr int kHalf = TensorStatistics::kBins / 2;
constexpr int kSmallestExponent = -60;
constexpr int64_t kEnough = 1 << 21;  // values that make a histogram sharp; more are thinned out

// Minimum, maximum and sum in lanes, which compilers turn into vector instructions.
HEADRACE_CLONES void summarize_lanes(const float* values, int64_t n, float* __restrict low, float* __restrict high,
                                     float* __restrict sum) {
  for (int64_t i = 0; i < n; i += 16)
    for (int64_t lane = 0; lane < 16; ++lane) {
      const float value = values[i + lane];
      low[lane] = value < low[lane] ? value : low[lane];
      high[lane] = value > high[lane] ? value : high[lane];
      sum[lane] += value;
    }
}

TensorStatistics::Summary summarize(const float* values, int64_t n) {
  std::array<float, 16> low, high, sum{};
  low.fill(std::numeric_limits<float>::infinity());
  high.fill(-std::numeric_limits<float>::infinity());
  const int64_t whole = n / 16 * 16;
  summarize_lanes(values, whole, low.data(), high.data(), sum.data());
  TensorStatistics::Summary all;
  for (size_t lane = 0; lane < 16; ++lane) {
    all.min = std::min(all.min, low[lane]);
    all.max = std::max(all.max, high[lane]);
    all.sum += static_cast<double>(sum[lane]);
  }
  for (int64_t i = whole; i < n; ++i) all.add(values[i]);
  return all;
}

// The exponent of the bin width with which `magnitude` falls into the histogram.
int exponent_for(float magnitude) {
  int exponent;  // magnitude < 2^exponent
  std::frexp(magnitude, &exponent);
  return std::max(exponent - 13, kSmallestExponent);
}
static_assert(kHalf == 1 << 13);

// Bin i goes to floor(i / 2), counted from the middle.
void merge_pairs(std::vector<uint32_t>& counts) {
  std::vector<uint32_t> merged(counts.size(), 0);
  for (int bin = 0; bin < TensorStatistics::kBins; ++bin) {
    const int position = bin - kHalf;
    merged[static_cast<size_t>((position >= 0 ? position / 2 : (position - 1) / 2) + kHalf)] += counts[static_cast<size_t>(bin)];
  }
  counts = std::move(merged);
}

// Adds `count` to the bins that [low, high) covers, in proportion.
void spread(Histogram& histogram, double low, double high, double count) {
  const auto bins = static_cast<double>(histogram.counts.size());
  const double from = std::clamp((low - histogram.low) / histogram.width, 0.0, bins);
  const double to = std::clamp((high - histogram.low) / histogram.width, 0.0, bins);
  if (to - from < 1e-9) {  // outside, or no extent: the nearest bin takes all
    histogram.counts[static_cast<size_t>(std::min(from, bins - 1))] += count;
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

Status TensorStatistics::observe(const Tensor& tensor) {
  const ChannelView view = channel_view(tensor.dims(), axis_);
  const auto channels = static_cast<size_t>(view.channels);
  if (counts_.empty()) {
    sums_.assign(channels, 0);
    counts_.assign(kBins, 0);
    exponent_ = kSmallestExponent;
  }
  if (sums_.size() != channels)
    return invalid_data("its channels change from sample to sample: " + std::to_string(sums_.size()) + ", then " +
                        std::to_string(channels));
  const float* data = tensor.as<float>().data();
  HEADRACE_CHECK(view.inner == 1 ? observe_rows(data, view) : observe_planes(data, view));
  seen_ += view.outer * view.inner;
  grow(std::max(std::abs(min()), std::abs(max())));
  count(data, static_cast<int64_t>(tensor.size()));
  return Ok{};
}

Status TensorStatistics::add(size_t channel, const Summary& summary) {
  if (!std::isfinite(summary.sum) || !std::isfinite(summary.min) || !std::isfinite(summary.max))
    return invalid_data("it holds NaN or infinity");
  min_ = std::min(min_, summary.min);
  max_ = std::max(max_, summary.max);
  sums_[channel] += summary.sum;
  return Ok{};
}

// Channels with many neighbouring values each, as in feature maps.
Status TensorStatistics::observe_planes(const float* data, const ChannelView& view) {
  for (int64_t plane = 0; plane < view.outer * view.channels && view.inner > 0; ++plane)
    HEADRACE_CHECK(add(static_cast<size_t>(plane % view.channels), summarize(data + plane * view.inner, view.inner)));
  return Ok{};
}

// Channels last, as in token sequences: a row holds one value of every channel.
Status TensorStatistics::observe_rows(const float* data, const ChannelView& view) {
  std::vector<Summary> summaries(static_cast<size_t>(view.channels));
  for (int64_t row = 0; row < view.outer; ++row)
    for (size_t c = 0; c < summaries.size(); ++c) summaries[c].add(data[static_cast<size_t>(row * view.channels) + c]);
  for (size_t c = 0; c < summaries.size() && view.outer > 0; ++c) HEADRACE_CHECK(add(c, summaries[c]));
  return Ok{};
}

void TensorStatistics::grow(float magnitude) {
  for (const int wanted = exponent_for(magnitude); exponent_ < wanted; ++exponent_) {
    if (std::all_of(counts_.begin(), counts_.end(), [](uint32_t n) { return n == 0; })) {
      exponent_ = wanted;
      return;
    }
    merge_pairs(counts_);
  }
}

void TensorStatistics::count(const float* values, int64_t n) {
  // Odd, so that the values taken wander through all columns of a feature map.
  const int64_t stride = std::max<int64_t>(1, n * expected_samples_ / kEnough) | 1;
  uint32_t* middle = counts_.data() + kHalf;
  const float per_width = std::ldexp(1.0f, -exponent_);
  for (int64_t i = 0; i < n; i += stride) {
    const float scaled = values[i] * per_width;
    const int truncated = static_cast<int>(scaled);
    ++middle[truncated - (scaled < static_cast<float>(truncated) ? 1 : 0)];  // floor
  }
}

std::vector<double> TensorStatistics::mean() const {
  std::vector<double> out = sums_;
  for (double& value : out) value /= static_cast<double>(std::max<int64_t>(seen_, 1));
  return out;
}

Histogram TensorStatistics::histogram(size_t bins) const {
  const double low = std::min(0.0, static_cast<double>(min())),
               high = std::max(0.0, static_cast<double>(max()));  // zero must be representable
  Histogram histogram;
  histogram.low = low;
  histogram.width = high > low ? (high - low) / static_cast<double>(bins) : 1.0;
  histogram.counts.assign(bins, 0);
  const double width = std::ldexp(1.0, exponent_);
  for (size_t bin = 0; bin < counts_.size(); ++bin) {
    const double left = (static_cast<double>(bin) - kHalf) * width;
    if (counts_[bin] > 0) spread(histogram, std::max(left, low), std::min(left + width, high), counts_[bin]);
  }
  return histogram;
}

}  // namespace headrace
