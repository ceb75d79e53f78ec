// The saturation-proof rule. On CPUs without VNNI, 8-bit products are summed by vpmaddubsw: an activation in [0, 255] times a
// weight in [-127, 127], neighbouring pairs added in int16. The sum leaves int16 exactly when the positive (or the negative)
// weights of a pair add up to more than 128, since 255 * 128 = 32,640 fits and 255 * 129 does not. A layer none of whose pairs
// does is computed exactly on every CPU, by every engine.
#pragma once

#include <cstdint>
#include <span>

#include "quant/layer.h"

namespace headrace {

// Which weights of a row are summed in pairs.
struct PairRule {
  static constexpr int kLimit = 128;
  bool applies = false;   // depthwise convolutions are not computed with vpmaddubsw
  bool adjacent = false;  // every two neighbours count (engines pair them differently when a tap has an odd number of channels)

  static PairRule of(const WeightedLayer& layer, const WeightRows& form);
  int64_t step() const { return adjacent ? 1 : 2; }
};

// The largest same-sign sum of a pair in the row: max over pairs of max(p(a) + p(b)) with p the positive, then the negative
// parts.
double largest_pair_sum(const PairRule& rule, std::span<const float> row);

// Whether no pair of the quantised row can saturate.
bool saturation_proof(const PairRule& rule, std::span<const int8_t> row);

// Takes offending pairs back to the limit, one level at a time, off the weight whose rounding error grows least. `row` holds the
// real weights.
void repair_pairs(const PairRule& rule, std::span<const float> row, double scale, std::span<int8_t> levels);

}  // namespace headrace
