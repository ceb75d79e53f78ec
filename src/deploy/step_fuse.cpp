// Fuse: the passes, and the opset that the rest needs.
#include "deploy/import.h"
#include "deploy/opset.h"
#include "deploy/pipeline.h"
#include "writers/onnx/write.h"

namespace headrace {

Result<std::string> fuse_step(Pipeline& pipeline) {
  const size_t before = pipeline.fused.graph->nodes().size();
  HEADRACE_TRY(const std::vector<PassReport> passes, simplify(pipeline.fused));
  HEADRACE_TRY(const std::string opset, set_opset(pipeline.fused, pipeline.recipe, true));
  pipeline.fp32 = pipeline.work / "fp32.onnx";
  HEADRACE_CHECK(write_onnx(pipeline.fused, pipeline.fp32));
  const size_t after = pipeline.fused.graph->nodes().size();
  return std::to_string(before) + " nodes became " + std::to_string(after) + " (" + describe(passes) + ")" +
         (opset.empty() ? "" : "; " + opset);
}

}  // namespace headrace
