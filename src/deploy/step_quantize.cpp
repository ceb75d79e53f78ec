// Quantise: calibrate and write INT8.
#include "deploy/pipeline.h"
#include "writers/onnx/write.h"

namespace headrace {

Result<std::string> quantize_step(Pipeline& pipeline) {
  HEADRACE_TRY(Quantized quantized, quantize(pipeline.fused, pipeline.calibration.get(), pipeline.recipe.quantize, pipeline.progress));
  pipeline.quantized = std::move(quantized.model);
  pipeline.int8 = pipeline.work / "int8.onnx";
  HEADRACE_CHECK(write_onnx(pipeline.quantized, pipeline.int8));
  DeployReport& report = pipeline.report;
  report.quantization = std::move(quantized.report);
  report.calibration_samples = static_cast<size_t>(report.quantization.samples);
  report.warnings.insert(report.warnings.end(), report.quantization.warnings.begin(), report.quantization.warnings.end());
  return std::to_string(report.quantization.quantized_nodes) + " nodes in INT8, " + std::to_string(report.quantization.float_nodes) +
         " in float, " + std::to_string(report.quantization.samples) + " samples";
}

}  // namespace headrace
