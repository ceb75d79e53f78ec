// What one sample says about two models: the per-sample part of a comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "measure/statistics.h"

namespace headrace {

inline constexpr size_t kNoClass = static_cast<size_t>(-1);

// The classes of one sample in one model's view. Ties go to the lower index.
struct Ranking {
  size_t best = 0;                 // kNoClass when a logit is NaN: agrees with nothing, misses every label
  bool confident = false;          // softmax probability of the best class above 0.5
  std::optional<bool> top1, top5;  // whether the label is the best, or among the best five
};

struct Outcome {
  std::optional<Ranking> a, b;  // none without logits
  Sqnr noise;                   // over all float outputs
  double max_abs_error = 0;     // over all numeric outputs
  bool same_bits = true;
};

// The index of the first output that is float32 and of rank 2 (logits of a classifier); nullopt when there is none.
std::optional<size_t> logits_index(std::span<const Tensor> outputs);

// Ranks the classes of `logits`: [classes]. Values that are a distribution already (not negative, sum 1) count as probabilities.
// Errors: invalid_data for a label that is no class.
Result<Ranking> rank_classes(std::span<const float> logits, std::optional<int64_t> label);

// Compares the outputs of two models on one sample, position by position. Errors: invalid_argument where an output's extents or
// dtype class differ; invalid_data for a label that is no class.
Result<Outcome> compare_outputs(std::span<const Tensor> a, std::span<const Tensor> b, std::optional<int64_t> label);

}  // namespace headrace
