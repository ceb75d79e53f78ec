// The calibration pass: runs the float model once over the samples and streams the activations into statistics.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "data/dataset.h"
#include "ir/model.h"
#include "quant/observers/statistics.h"

namespace headrace {

struct Calibration {
  std::map<std::string, TensorStatistics, std::less<>> statistics;  // by value name
  int samples = 0;
  double seconds = 0;
};

// Observes the named values (float32, not constants) on at most `max_samples` samples, evenly spread over the data, on `threads` threads (0: all CPUs).
// Memory does not grow with the number of samples. Errors: invalid_data when a value is NaN or infinite (value and sample are named) or there are no samples.
Result<Calibration> calibrate(const Model& model, const std::vector<std::string>& values, const Dataset& data, int max_samples, int threads,
                              const Progress& progress);

// Runs the model over samples and hands each one's values, in the order of `values`, to `visit` (which may be called from several threads at once).
using VisitValues = std::function<Status(size_t sample, const std::vector<Tensor>& values)>;
Status for_each_sample(const Model& model, const std::vector<std::string>& values, const Dataset& data, const std::vector<size_t>& samples, int threads,
                       const Progress& progress, const VisitValues& visit);

// `count` indices below `size`, evenly spread and ascending; all of them when there are fewer.
std::vector<size_t> spread_indices(size_t size, size_t count);

}  // namespace headrace
