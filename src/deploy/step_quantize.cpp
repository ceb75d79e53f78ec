// Quantise: calibrate and write INT8.
#include "deploy/pipeline.h"
#include "writers/onnx/write.h"

namespace headrace {

Result<std::string> quantize_step(Pipeline& pipeline) {
  Result<Quantized> result = quantize(pipeline.fused, pipeline.calibration.get(), pipeline.recipe.quantize, pipeline.progress);
  if (!result &&
      result.error().code == ErrorCode::kUnsupported) {  // FP32 can still be deployed, and the report says why it is alone
    pipeline.report.warnings.push_back("there is no INT8 version: " + result.error().describe());
    return std::string("no INT8 version");
  }
  if (!result) return std::move(result).error();
  Quantized& quantized = *result;
  pipeline.quantized = std::move(quantized.model);
  pipeline.int8 = pipeline.work / "int8.onnx";
  HEADRACE_CHECK(write_onnx(pipeline.quantized, pipeline.int8));
  DeployReport& report = pipeline.report;
  report.quantization = std::move(quantized.report);
  report.calibration_samples = static_cast<size_t>(report.quantization.samples);
  report.warnings.insert(report.warnings.end(), report.quantization.warnings.begin(), report.quantization.warnings.end());
  return std::to_string(report.quantization.quantized_nodes) + " nodes in INT8, " +
         std::to_string(report.quantization.float_nodes) + " in float, " + std::to_string(report.quantization.samples) +
         " samples";
}

}  // namespace headrace
