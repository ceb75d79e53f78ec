// Data for calibration, evaluation and runs: a folder of pictures, .npy, .npz, or a text list of paths.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "data/preprocess.h"
#include "engines/engine.h"

namespace headrace {

// One sample: a tensor per model input, in the signature's order, each with a leading batch dimension of 1.
struct Sample {
  std::vector<Tensor> inputs;
  std::optional<int64_t> label;
  std::string source;  // "calib/0003.png" or "data.npz[17]", for messages
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual size_t size() const = 0;
  // Decodes and preprocesses sample `index`. Thread-safe. Errors: invalid_data naming the source.
  virtual Result<Sample> load(size_t index) const = 0;
  // Names of the classes when the data's sub-folders are its labels; empty otherwise.
  virtual const std::vector<std::string>& class_names() const = 0;
  virtual bool labelled() const = 0;
  // With DatasetOptions::skip_bad: "source: reason" of every sample that was left out.
  virtual const std::vector<std::string>& skipped() const;
};

struct DatasetOptions {
  Preprocess preprocess;
  bool skip_bad = false;  // samples that cannot be read are left out (and counted) instead of being an error
};

// Opens data for a model with this signature. What can be checked without decoding everything is checked here: names, dtypes,
// ranks and extents of arrays; that the folder is there, readable and not empty. Errors: not_found, invalid_data, each saying
// what was expected and what was found.
Result<std::unique_ptr<Dataset>> open_dataset(const std::filesystem::path& path, const Signature& signature,
                                              const DatasetOptions& options);

// `count` samples of seeded random normal values (integers: small non-negative), for latency only. Unknown extents become 1 but
// for the shapes given.
Result<std::unique_ptr<Dataset>> random_dataset(const Signature& signature, size_t count, uint64_t seed);

// Stacks samples along the batch dimension: one tensor per input. The samples must agree in everything else.
Result<std::vector<Tensor>> stack(const std::vector<Sample>& samples);

}  // namespace headrace
