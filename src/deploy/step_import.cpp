// Import: the model and the samples, checked against each other before any long work begins.
#include "deploy/import.h"
#include "deploy/labels.h"
#include "deploy/open_data.h"
#include "deploy/pipeline.h"

namespace headrace {
namespace {

Status open_samples(Pipeline& pipeline) {
  const Recipe& recipe = pipeline.recipe;
  if (recipe.calibration.empty() && recipe.evaluation.empty())
    return invalid_argument(
        "deploy measures accuracy, and for that it needs samples: give --calibration DATA (and --evaluation DATA)");
  HEADRACE_TRY(pipeline.calibration, open_calibration(recipe, pipeline.signature));
  if (!recipe.evaluation.empty()) {
    HEADRACE_TRY(pipeline.evaluation, open_data(recipe, recipe.evaluation, pipeline.signature));
  } else {
    pipeline.report.warnings.push_back(
        "accuracy was measured on the calibration samples, since no --evaluation was given: expect it to look a little better "
        "than it is");
  }
  warn_of_skipped(pipeline.calibration.get(), pipeline.report.warnings);
  warn_of_skipped(pipeline.evaluation.get(), pipeline.report.warnings);
  return Ok{};
}

}  // namespace

Result<std::string> import_step(Pipeline& pipeline) {
  HEADRACE_TRY(pipeline.original, model_file(pipeline.recipe.model, pipeline.recipe.weights));
  HEADRACE_TRY(pipeline.fused, import_model(pipeline.original));
  pipeline.signature = signature_of(pipeline.fused);
  HEADRACE_CHECK(resolve_labels(pipeline.recipe.labels));
  HEADRACE_CHECK(open_samples(pipeline));
  DeployReport& report = pipeline.report;
  report.model = std::filesystem::path(pipeline.recipe.model).filename().string();
  report.evaluation_samples = pipeline.samples().size();
  return std::to_string(pipeline.fused.graph->nodes().size()) + " nodes, opset " + std::to_string(pipeline.fused.opset());
}

}  // namespace headrace
