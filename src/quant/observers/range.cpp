#include "quant/observers/range.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace headrace {
namespace {

constexpr int kCandidates = 64;  // cuts tried on a side

Range with_zero(double low, double high) { return {std::min(low, 0.0), std::max(high, 0.0)}; }

Range percentile_range(const Histogram& histogram, double percentile) {
  const double outside = histogram.total() * (1 - percentile / 100);
  const bool one_sided = histogram.low >= 0 || histogram.high() <= 0;
  const double each = one_sided ? outside : outside / 2;
  size_t first = 0, last = histogram.counts.size();
  for (double cut = 0; histogram.low < 0 && first + 1 < last && cut + histogram.counts[first] <= each; ++first)
    cut += histogram.counts[first];
  for (double cut = 0; histogram.high() > 0 && last > first + 1 && cut + histogram.counts[last - 1] <= each; --last)
    cut += histogram.counts[last - 1];
  return with_zero(histogram.low + static_cast<double>(first) * histogram.width,
                   histogram.low + static_cast<double>(last) * histogram.width);
}

double squared_error(const Histogram& histogram, const QuantParams& params) {
  const double scale = static_cast<double>(params.scale);
  const double low = (params.dtype == DType::kInt8 ? -127 : -params.zero_point) * scale,
               high = (params.dtype == DType::kInt8 ? 127 : 255 - params.zero_point) * scale;
  double error = 0;
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    if (histogram.counts[bin] == 0) continue;
    const double x = histogram.center(bin);
    const double difference = x - std::clamp(std::nearbyint(x / scale) * scale, low, high);
    error += histogram.counts[bin] * difference * difference;
  }
  return error;
}

// Tries cuts of the high side, then of the low side, then of the high side again.
template <typename Cost>
Range search_cuts(const Histogram& histogram, const Cost& cost) {
  const Range full = with_zero(histogram.low, histogram.high());
  Range best = full;
  double least = cost(best);
  const auto try_side = [&](double Range::*side) {
    for (int i = 1; i < kCandidates; ++i) {
      Range candidate = best;
      candidate.*side = full.*side * (1.0 - static_cast<double>(i) / kCandidates);
      const double value = cost(candidate);
      if (value < least) least = value, best = candidate;
    }
  };
  if (full.high > 0) try_side(&Range::high);
  if (full.low < 0) try_side(&Range::low), try_side(&Range::high);
  return best;
}

// Kullback-Leibler divergence of the clipped distribution from its form in 256 levels (Migacz, 2017): the values beyond the range
// are counted into its outermost bins; each level spreads its count evenly over the bins that were not empty.
double divergence(const Histogram& histogram, const Range& range) {
  const auto bin_of = [&](double x) { return static_cast<std::ptrdiff_t>(std::lround((x - histogram.low) / histogram.width)); };
  const auto bins = static_cast<std::ptrdiff_t>(histogram.counts.size());
  const std::ptrdiff_t first = std::clamp<std::ptrdiff_t>(bin_of(range.low), 0, bins - 1);
  const std::ptrdiff_t last = std::clamp<std::ptrdiff_t>(bin_of(range.high), first + 1, bins);
  const std::ptrdiff_t size = last - first;
  if (size < 256) return std::numeric_limits<double>::infinity();
  std::vector<double> p(histogram.counts.begin() + first, histogram.counts.begin() + last);
  std::vector<double> inside = p;
  for (std::ptrdiff_t bin = 0; bin < first; ++bin) p.front() += histogram.counts[static_cast<size_t>(bin)];
  for (std::ptrdiff_t bin = last; bin < bins; ++bin) p.back() += histogram.counts[static_cast<size_t>(bin)];
  double total = 0, result = 0;
  for (const double count : p) total += count;
  constexpr double kFloor = 1e-12;
  for (std::ptrdiff_t level = 0; level < 256; ++level) {
    const std::ptrdiff_t from = level * size / 256, to = (level + 1) * size / 256;
    double sum = 0, filled = 0;
    for (std::ptrdiff_t i = from; i < to; ++i)
      sum += inside[static_cast<size_t>(i)], filled += inside[static_cast<size_t>(i)] > 0 ? 1 : 0;
    for (std::ptrdiff_t i = from; i < to; ++i) {
      const double pi = p[static_cast<size_t>(i)] / total;
      const double qi = inside[static_cast<size_t>(i)] > 0 ? sum / filled / total : 0;
      if (pi > 0) result += pi * std::log(pi / std::max(qi, kFloor));
    }
  }
  return result;
}

// Every `factor` bins as one: the divergence of a sparse histogram says more about its gaps than about its shape.
Histogram coarser(const Histogram& histogram, size_t factor) {
  Histogram coarse{histogram.low, histogram.width * static_cast<double>(factor),
                   std::vector<double>((histogram.counts.size() + factor - 1) / factor)};
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) coarse.counts[bin / factor] += histogram.counts[bin];
  return coarse;
}

Range entropy_range(const Histogram& histogram) {
  constexpr size_t kEntropyBins = 1024;  // four times the levels: no cut below a quarter of the range
  Histogram coarse = coarser(histogram, std::max<size_t>(1, histogram.counts.size() / kEntropyBins));
  // The zeros of a ReLU are represented exactly by any range; their spike would look like a loss to every range but the
  // narrowest.
  const auto zero =
      static_cast<size_t>(std::clamp(-coarse.low / coarse.width, 0.0, static_cast<double>(coarse.counts.size() - 1)));
  const double neighbour = zero + 1 < coarse.counts.size() ? coarse.counts[zero + 1] : coarse.counts[zero - 1];
  coarse.counts[zero] = std::min(coarse.counts[zero], neighbour);
  return search_cuts(coarse, [&](const Range& range) { return divergence(coarse, range); });
}

// The same histogram of magnitudes.
Histogram folded(const Histogram& histogram) {
  const double reach = std::max(-histogram.low, histogram.high());
  Histogram magnitudes{0, reach / static_cast<double>(histogram.counts.size()), std::vector<double>(histogram.counts.size())};
  for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    const double position = std::abs(histogram.center(bin)) / magnitudes.width;
    magnitudes.counts[std::min(static_cast<size_t>(position), magnitudes.counts.size() - 1)] += histogram.counts[bin];
  }
  return magnitudes;
}

// One cut for both sides.
Range symmetric_range(const Histogram& histogram, ObserverKind observer, double percentile) {
  const Histogram magnitudes = folded(histogram);
  double high = magnitudes.high();
  if (observer == ObserverKind::kMse)
    high = search_cuts(magnitudes, [&](const Range& range) { return squared_error(histogram, symmetric_s8(range)); }).high;
  else if (observer != ObserverKind::kMinMax) high = choose_range(magnitudes, observer, percentile).high;
  return {-high, high};
}

}  // namespace

Range choose_range(const Histogram& histogram, ObserverKind observer, double percentile, bool symmetric) {
  if (histogram.total() == 0) return {};
  if (symmetric) return symmetric_range(histogram, observer, percentile);
  switch (observer) {
    case ObserverKind::kMinMax: return with_zero(histogram.low, histogram.high());
    case ObserverKind::kPercentile: return percentile_range(histogram, percentile);
    case ObserverKind::kEntropy: return entropy_range(histogram);
    case ObserverKind::kMse:
      return search_cuts(histogram, [&](const Range& range) { return squared_error(histogram, asymmetric_u8(range)); });
  }
  return {};
}

QuantParams asymmetric_u8(const Range& range) {
  const double low = std::min(range.low, 0.0), high = std::max(range.high, 0.0);
  if (high - low < static_cast<double>(std::numeric_limits<float>::min()) * 255) return {1.0f, 0, DType::kUint8};  // all zero
  const auto scale = static_cast<float>((high - low) / 255);
  const double zero_point = std::nearbyint(-low / static_cast<double>(scale));
  return {scale, static_cast<int32_t>(std::clamp(zero_point, 0.0, 255.0)), DType::kUint8};
}

QuantParams symmetric_s8(const Range& range) {
  const double magnitude = std::max(std::abs(range.low), std::abs(range.high));
  if (magnitude < static_cast<double>(std::numeric_limits<float>::min()) * 127) return {1.0f, 0, DType::kInt8};
  return {static_cast<float>(magnitude / 127), 0, DType::kInt8};
}

}  // namespace headrace
