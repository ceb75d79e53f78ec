#include "deploy/import.h"

#include "deploy/deploy.h"
#include "deploy/written_model.h"
#include "engines/evaluate.h"
#include "readers/onnx/read.h"
#include "readers/pt2/read.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kExportHint =
    "export it to ONNX first: in Python, headrace.export(module, example_inputs, \"model.onnx\") does it and checks the result";

Status refuse_foreign(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".pth" || extension == ".pt" || extension == ".ckpt" || extension == ".bin" || extension == ".safetensors")
    return unsupported("this is a checkpoint: weights without the graph that uses them; build the module, load the weights and " +
                       std::string(kExportHint))
        .at(path.string());
  return Ok{};
}

TensorSpec spec_of(const Value& value) { return {value.name(), value.dtype, value.shape.value_or(Shape{})}; }

}  // namespace

Result<fs::path> source_file(const fs::path& given) {
  std::error_code ignored;
  if (is_bundle(given)) return given / "model.onnx";
  if (fs::is_directory(given, ignored))
    return invalid_argument("this is a folder, but not a bundle (no headrace.toml and model.onnx in it); name a model file")
        .at(given.string());
  if (!fs::exists(given, ignored)) return not_found("there is no such file").at(given.string());
  HEADRACE_CHECK(refuse_foreign(given));
  return given;
}

Result<fs::path> model_file(const fs::path& given) {
  HEADRACE_TRY(const fs::path file, source_file(given));
  if (!is_pt2(file)) return file;
  return written_as_onnx(file, read_pt2);
}

Result<Model> import_model(const fs::path& given) {
  HEADRACE_TRY(const fs::path file, source_file(given));
  return is_pt2(file) ? read_pt2(file) : read_onnx(file);
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
