// Two models, or one model on two engines, on the same data: accuracy against labels, agreement, noise, per layer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "data/dataset.h"
#include "engines/engine.h"

namespace headrace {

struct Accuracy {
  size_t samples = 0;
  std::optional<double> top1, top5;  // of the model itself, where the data has labels; fractions
};

struct Comparison {
  Accuracy a, b;
  size_t samples = 0;
  double agreement_top1 = 0;       // fraction of samples on which both have the same largest logit
  double agreement_confident = 0;  // the same where a's softmax confidence is above 0.5
  size_t confident_samples = 0;
  double sqnr_db = 0;        // of b's outputs against a's, all outputs; infinity for the same bits
  double max_abs_error = 0;  // 0: the same bits
  bool same_bits = false;
};

// One side of a comparison.
struct Side {
  std::string model;  // path
  const Engine* engine = nullptr;
  SessionOptions options;
};

// Runs both on every sample, a batch of 1 at a time, inputs matched by name where the names agree and by position otherwise. The
// first output that is float32 and has rank 2 is taken as logits: without one, agreement_top1 and agreement_confident are NaN,
// and so is agreement_confident where a is confident of nothing. The figures do not depend on the number of threads. Errors:
// those of the engines and data; invalid_argument when the signatures do not fit each other.
Result<Comparison> compare(const Side& a, const Side& b, const Dataset& data, const Progress& progress = {});

struct LayerError {
  std::string node;  // the float model's node
  std::string op_type;
  std::string tensor;  // the value compared
  double sqnr_db = 0;  // of the quantised model's tensor of this name (dequantised) against the float model's
};

// Error per layer: every float tensor that exists under the same name in both models, in topological order. `a` must be the float
// model. A factor per channel that equalisation has moved between layers does not count as noise (layer_noise.h).
Result<std::vector<LayerError>> compare_layers(const Side& a, const Side& b, const Dataset& data, size_t max_samples,
                                               const Progress& progress = {});

}  // namespace headrace
