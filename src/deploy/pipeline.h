// What the steps of a deployment share. Each step is one file (step_*.cpp) that reads what earlier steps left here and adds its
// own.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "deploy/deploy.h"
#include "ir/model.h"
#include "measure/engine_choice.h"

namespace headrace {

struct Pipeline {
  const Recipe& recipe;
  const DeployOptions& options;
  const Progress& progress;
  std::filesystem::path folder;  // the bundle while it is being filled
  std::filesystem::path work;    // models to measure; gone when the bundle is done

  std::filesystem::path original{};      // the model as the user gave it
  std::filesystem::path fp32{}, int8{};  // fused and quantised, in `work`; int8 is empty where there is none
  Model fused{}, quantized{};
  Signature signature{};
  std::unique_ptr<Dataset> calibration{}, evaluation{};  // evaluation: nullptr where calibration stands in
  const Dataset& samples() const { return evaluation ? *evaluation : *calibration; }
  std::map<std::string, Comparison> comparisons{};  // by variant name, against the original in onnxruntime
  DeployReport report{};
};

// Each returns a note for the report ("53 BatchNorm folded").
Result<std::string> import_step(Pipeline& pipeline);    // read, open the data
Result<std::string> fuse_step(Pipeline& pipeline);      // passes, opset, write fp32
Result<std::string> quantize_step(Pipeline& pipeline);  // write int8
Result<std::string> measure_step(Pipeline& pipeline);   // variants with latency and memory
Result<std::string> verify_step(Pipeline& pipeline);    // accuracy of each variant, errors of layers
Result<std::string> choose_step(Pipeline& pipeline);    // recommended, recommended_reason
Status write_bundle(Pipeline& pipeline);                // all files of the bundle

// What INT8 costs, in percentage points, and by which measure.
struct AccuracyLoss {
  double points = 0;
  std::string measure;  // "top-1 accuracy on 622 labelled samples"
};
AccuracyLoss accuracy_loss(const Comparison& comparison);
using Losses = std::map<std::string, AccuracyLoss>;  // by variant name

// What the answers of a version must meet on every engine: INT8 `max_drop`, FP32 kLeastFloatSqnrDb.
std::string requirement(const Variant& variant, double max_drop);
// How a measured version fails it; empty: it does not. `loss` is nullptr where its accuracy could not be measured.
std::string inaccuracy(const Variant& variant, const AccuracyLoss* loss, double max_drop);

// recommended and recommended_reason of `report`; `losses` by variant name. Errors: unavailable when no variant could be
// measured.
Status choose(DeployReport& report, const Losses& losses, double max_drop);

// The recommended version's engine, with the figures of all engines that ran this version with these threads and batch, and the
// reasons against the others. The report's first `skip` variants were measured elsewhere.
Result<EngineChoice> deployed_choice(const DeployReport& report, const Losses& losses, double max_drop, size_t skip = 0);

}  // namespace headrace
