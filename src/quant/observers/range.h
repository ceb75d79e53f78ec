// From a histogram to the range that an activation is quantised over.
#pragma once

#include "quant/observers/statistics.h"
#include "quant/quantize.h"

namespace headrace {

struct Range {
  double low = 0;
  double high = 0;
  bool operator==(const Range&) const = default;
};

// How integers represent reals: real = scale * (q - zero_point).
struct QuantParams {
  float scale = 1;
  int32_t zero_point = 0;
  DType dtype = DType::kUint8;
  bool operator==(const QuantParams&) const = default;
};

// The range an observer picks, for asymmetric_u8 or, where `symmetric`, symmetric_s8 (the range is then symmetric too). It holds
// zero. All are computed from the histogram alone:
//   min-max     all of it;
//   percentile  cuts (1 - percentile / 100) of the values, off the larger side first as long as the distribution is one-sided;
//   entropy     the cut that minimises the Kullback-Leibler divergence between the histogram and its 256-level form;
//   MSE         the cut on each side that minimises the mean squared rounding and clipping error.
Range choose_range(const Histogram& histogram, ObserverKind observer, double percentile, bool symmetric = false);

// Asymmetric, 8 bits unsigned: zero is exactly representable, the scale at least the smallest normal float32.
QuantParams asymmetric_u8(const Range& range);
// Symmetric, 8 bits signed, zero point 0, levels -127 to 127.
QuantParams symmetric_s8(const Range& range);

}  // namespace headrace
