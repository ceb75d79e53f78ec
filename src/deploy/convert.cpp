#include "deploy/convert.h"

#include "deploy/import.h"
#include "deploy/option_values.h"
#include "deploy/output_path.h"
#include "deploy/set_batch.h"
#include "proto/infer_shapes.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

ModelSize size_of(const Model& model, const fs::path& file) {
  return {model_bytes(file), model.graph->nodes().size(), model.opset()};
}

}  // namespace

Result<std::optional<Dim>> parse_batch(std::string_view text) {
  if (text == "dynamic") return std::optional<Dim>(Dim{-1, "batch"});
  Result<int64_t> size = parse_integer(text, 1, 1 << 20);
  if (!size) return invalid_argument("'" + std::string(text) + "' is neither a batch size from 1 up nor 'dynamic'").at("--batch");
  return std::optional<Dim>(Dim{*size, {}});
}

Result<Converted> convert_file(const fs::path& given, const fs::path& output, const ConvertOptions& options) {
  Converted result;
  HEADRACE_CHECK(check_output(output));
  HEADRACE_TRY(const fs::path file, source_file(given));
  HEADRACE_TRY(Model model, import_model(file));
  result.before = size_of(model, file);
  if (options.batch) HEADRACE_CHECK(set_batch(model, *options.batch));
  HEADRACE_TRY(result.passes, simplify(model, options.passes));
  if (options.opset != 0 && options.opset != model.opset()) {
    HEADRACE_TRY(model, convert_opset(model, options.opset));
  }
  HEADRACE_CHECK(write_onnx(model, output, options.write));
  result.after = size_of(model, output);
  return result;
}

}  // namespace headrace
