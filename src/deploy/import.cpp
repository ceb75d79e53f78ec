#include "deploy/import.h"

#include "deploy/deploy.h"
#include "deploy/onnx_form.h"
#include "engines/evaluate.h"
#include "readers/archs/architecture.h"
#include "readers/checkpoint/state_dict.h"
#include "readers/onnx/read.h"
#include "readers/pt2/read.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

// A checkpoint has no graph; that of a few common networks is known.
Result<Model> import_checkpoint(const fs::path& path) {
  HEADRACE_TRY(const StateDict weights, read_checkpoint(path));
  auto model = build_architecture(weights);
  if (model.ok()) return model;
  Error error = std::move(model).error();
  if (error.code == ErrorCode::kUnsupported)
    error.message +=
        "\nA checkpoint is weights without the graph that uses them: export the module once with torch.export "
        "(in Python: headrace.export(module, example_inputs, \"model.pt2\")), and then give the graph and the "
        "checkpoint: model.pt2 --weights " +
        path.filename().string();
  return std::move(error).at(path.string());
}

Result<Model> import_pt2(const fs::path& path, const fs::path& weights) {
  if (weights.empty()) return read_pt2(path);
  HEADRACE_TRY(const StateDict other, read_checkpoint(weights));
  auto model = read_pt2(path, &other);
  if (!model.ok() && model.error().code == ErrorCode::kInvalidData) return std::move(model).error().at(weights.string());
  return model;
}

TensorSpec spec_of(const Value& value) { return {value.name(), value.dtype, value.shape.value_or(Shape{})}; }

}  // namespace

namespace {

Status check_given(const fs::path& given) {
  std::error_code ignored;
  if (fs::is_directory(given, ignored))
    return invalid_argument("this is a folder, but not a bundle (no headrace.toml and model.onnx in it); name a model file")
        .at(given.string());
  if (!fs::exists(given, ignored)) return not_found("there is no such file").at(given.string());
  return Ok{};
}

Status check_no_weights(const fs::path& given, const fs::path& weights) {
  if (weights.empty()) return Ok{};
  return invalid_argument("new weights (" + weights.string() +
                          ") go into an exported program, a .pt2 file: it keeps the names of its parameters")
      .at(given.string());
}

}  // namespace

Result<fs::path> model_file(const fs::path& given, const fs::path& weights) {
  if (!is_bundle(given)) HEADRACE_CHECK(check_given(given));
  if (is_pytorch_file(given)) return onnx_form(given, weights);
  HEADRACE_CHECK(check_no_weights(given, weights));
  return is_bundle(given) ? given / "model.onnx" : given;
}

Result<Model> import_model(const fs::path& given, const fs::path& weights) {
  if (!is_bundle(given)) HEADRACE_CHECK(check_given(given));
  if (is_pt2(given)) return import_pt2(given, weights);
  HEADRACE_CHECK(check_no_weights(given, weights));
  if (is_pytorch_file(given)) return import_checkpoint(given);
  return read_onnx(is_bundle(given) ? given / "model.onnx" : given);
}

Result<std::vector<PassReport>> simplify(Model& model, const PassOptions& options) {
  PassContext context;
  context.evaluate = constant_evaluator();
  return run_passes(model, context, options);
}

std::string describe(const std::vector<PassReport>& passes) {
  std::string text;
  for (const PassReport& pass : passes)
    if (pass.changes > 0) text += (text.empty() ? "" : ", ") + std::string(pass.name) + " " + std::to_string(pass.changes);
  return text.empty() ? "nothing to change" : text;
}

Signature signature_of(const Model& model) {
  Signature signature;
  for (const Value* input : model.graph->inputs())
    if (!input->is_constant()) signature.inputs.push_back(spec_of(*input));
  for (const Value* output : model.graph->outputs()) signature.outputs.push_back(spec_of(*output));
  return signature;
}

uint64_t model_bytes(const fs::path& model) {
  std::error_code error;
  uint64_t bytes = fs::file_size(model, error);
  if (error) return 0;
  const uint64_t beside = fs::file_size(model.string() + ".data", error);
  return error ? bytes : bytes + beside;
}

}  // namespace headrace
