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
#include "quant/layer.h"
#include "quant/observers/moments.h"
#include "quant/observers/statistics.h"

namespace headrace {

struct Calibration {
  std::map<std::string, TensorStatistics, std::less<>> statistics;  // by value name
  std::map<const Node*, InputMoments> moments;                      // of the inputs of weighted layers
  int samples = 0;
  double seconds = 0;
};

// Observes the named values (float32, not constants) and the inputs of `layers` (which must be among them) on at most
// `max_samples` samples, evenly spread over the data, on `threads` threads (0: all CPUs). The result does not depend on the
// number of threads. Memory does not grow with the number of samples. Errors: invalid_data when a value is NaN or infinite (value
// and sample are named) or there are no samples.
Result<Calibration> calibrate(const Model& model, const std::vector<std::string>& values,
                              const std::vector<WeightedLayer>& layers, const Dataset& data, int max_samples, int threads,
                              const Progress& progress);

// Runs the model over samples and hands each one's values, in the order of `values`, to `visit`, which may be called from several
// threads at once. `turn` is the sample's position in `samples`; samples are begun in that order. `on_failure` is called once a
// sample has failed, so that whoever waits for it can stop waiting.
using VisitValues = std::function<Status(size_t turn, const std::vector<Tensor>& values)>;
Status for_each_sample(const Model& model, const std::vector<std::string>& values, const Dataset& data,
                       const std::vector<size_t>& samples, int threads, const Progress& progress, const VisitValues& visit,
                       const std::function<void()>& on_failure);

// `count` indices below `size`, evenly spread and ascending; all of them when there are fewer.
std::vector<size_t> spread_indices(size_t size, size_t count);

}  // namespace headrace
