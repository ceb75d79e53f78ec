#include "deploy/quantize_file.h"

#include "deploy/import.h"
#include "deploy/open_data.h"
#include "deploy/opset.h"
#include "deploy/output_path.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace fs = std::filesystem;

Result<QuantizedFile> quantize_file(const Recipe& recipe, const fs::path& output, const Progress& progress) {
  QuantizedFile result;
  HEADRACE_CHECK(check_output(output));
  HEADRACE_TRY(const fs::path file, model_file(recipe.model, recipe.weights));
  HEADRACE_TRY(Model model, import_model(file));
  HEADRACE_TRY(const auto calibration, open_calibration(recipe, signature_of(model)));
  HEADRACE_CHECK(simplify(model));
  HEADRACE_TRY(const std::string note, set_opset(model, recipe, true));
  if (!note.empty()) result.notes.push_back(note);
  HEADRACE_TRY(const Quantized quantized, quantize(model, calibration.get(), recipe.quantize, progress));
  HEADRACE_CHECK(progress.check());
  HEADRACE_CHECK(write_onnx(quantized.model, output));
  result.report = quantized.report;
  warn_of_skipped(calibration.get(), result.report.warnings);
  result.bytes_before = model_bytes(file);
  result.bytes_after = model_bytes(output);
  return result;
}

}  // namespace headrace
