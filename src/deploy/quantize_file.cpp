#include "deploy/quantize_file.h"

#include "deploy/import.h"
#include "deploy/opset.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace fs = std::filesystem;

Result<std::unique_ptr<Dataset>> open_data(const Recipe& recipe, const std::string& path, const Signature& signature) {
  DatasetOptions options;
  HEADRACE_TRY(options.preprocess, parse_preprocess(recipe.preprocess));
  options.skip_bad = recipe.skip_bad;
  return open_dataset(path, signature, options);
}

Result<std::unique_ptr<Dataset>> open_calibration(const Recipe& recipe, const Signature& signature) {
  if (!recipe.calibration.empty()) return open_data(recipe, recipe.calibration, signature);
  if (recipe.quantize.mode == QuantMode::kDynamic) return std::unique_ptr<Dataset>();
  return invalid_argument(
      "static quantisation needs samples of what the model will see: give --calibration DATA (a folder of pictures, .npy, .npz or a "
      "list of paths), or --mode dynamic");
}

Result<QuantizedFile> quantize_file(const Recipe& recipe, const fs::path& output, const Progress& progress) {
  QuantizedFile result;
  HEADRACE_TRY(const fs::path file, model_file(recipe.model));
  HEADRACE_TRY(Model model, import_model(file));
  HEADRACE_TRY(const auto calibration, open_calibration(recipe, signature_of(model)));
  HEADRACE_CHECK(simplify(model));
  HEADRACE_TRY(const std::string note, set_opset(model, recipe, true));
  if (!note.empty()) result.notes.push_back(note);
  HEADRACE_TRY(const Quantized quantized, quantize(model, calibration.get(), recipe.quantize, progress));
  HEADRACE_CHECK(progress.check());
  HEADRACE_CHECK(write_onnx(quantized.model, output));
  result.report = quantized.report;
  result.bytes_before = model_bytes(file);
  result.bytes_after = model_bytes(output);
  return result;
}

}  // namespace headrace
