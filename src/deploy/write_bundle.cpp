// The bundle's files. The caller's AtomicFolder sees to it that they appear together or not at all.
#include <algorithm>

#include "base/atomic_file.h"
#include "deploy/bench_points.h"
#include "deploy/engine_cache.h"
#include "deploy/labels.h"
#include "deploy/onnx_form.h"
#include "deploy/pipeline.h"
#include "deploy/signature_json.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path resolved = fs::weakly_canonical(path, error);
  return path.empty() || error ? path : resolved.string();
}

const Variant& recommended(const DeployReport& report) {
  return *std::find_if(report.variants.begin(), report.variants.end(),
                       [&](const Variant& v) { return v.name == report.recommended; });
}

// The recipe as it was carried out: it gives the same bundle again from any folder, and says how to serve this one.
Recipe resolved(const Pipeline& pipeline, const Variant& variant) {
  Recipe recipe = pipeline.recipe;
  recipe.model = absolute(is_pytorch_file(recipe.model) ? recipe.model : pipeline.original.string());
  recipe.weights = absolute(recipe.weights);
  recipe.calibration = absolute(recipe.calibration);
  recipe.evaluation = absolute(recipe.evaluation);
  if (recipe.labels.size() == 1) recipe.labels.front() = absolute(recipe.labels.front());
  recipe.serve.engine = variant.engine;
  recipe.serve.threads = variant.threads;
  return recipe;
}

Result<std::vector<std::string>> class_names(const Pipeline& pipeline) {
  if (!pipeline.recipe.labels.empty()) return resolve_labels(pipeline.recipe.labels);
  for (const Dataset* data : {pipeline.calibration.get(), pipeline.evaluation.get()})
    if (data != nullptr && !data->class_names().empty()) return data->class_names();
  return std::vector<std::string>{};
}

// What `auto` chose, for `headrace run`. Engines that the user named are no choice to be made again elsewhere.
Status write_choice(Pipeline& pipeline) {
  std::optional<EngineChoice>& choice = pipeline.report.engine_choice;
  if (!choice) return Ok{};
  HEADRACE_TRY(choice->model, model_hash(pipeline.folder / "model.onnx"));
  if (!chooses_engine(pipeline.recipe)) return Ok{};
  return write_file_atomically(pipeline.folder / "engine.json", to_json(*choice));
}

}  // namespace

Status write_bundle(Pipeline& pipeline) {
  const Variant& variant = recommended(pipeline.report);
  const bool fp32 = variant.precision == "fp32";
  HEADRACE_CHECK(write_onnx(fp32 ? pipeline.fused : pipeline.quantized, pipeline.folder / "model.onnx"));
  HEADRACE_CHECK(write_file_atomically(pipeline.folder / "signature.json", to_json(pipeline.signature)));
  HEADRACE_CHECK(write_file_atomically(pipeline.folder / "headrace.toml", to_toml(resolved(pipeline, variant))));
  HEADRACE_CHECK(write_choice(pipeline));
  HEADRACE_TRY(const std::vector<std::string> labels, class_names(pipeline));
  if (!labels.empty()) HEADRACE_CHECK(write_file_atomically(pipeline.folder / "labels.txt", labels_text(labels)));
  HEADRACE_CHECK(write_file_atomically(pipeline.folder / "report.json", to_json(pipeline.report)));
  return write_file_atomically(pipeline.folder / "report.html", to_html(pipeline.report));
}

}  // namespace headrace
