#include "deploy/opset.h"

#include "proto/infer_shapes.h"

namespace headrace {
namespace {

constexpr int64_t kPerChannelOpset = 13;  // QuantizeLinear and DequantizeLinear have an axis from here on

}  // namespace

Result<std::string> set_opset(Model& model, const Recipe& recipe, bool quantizing) {
  const int64_t from = model.opset();
  const bool raise = recipe.opset == 0 && quantizing && recipe.quantize.per_channel && from < kPerChannelOpset;
  const int64_t to = raise ? kPerChannelOpset : recipe.opset;
  if (to == 0 || to == from) return std::string();
  HEADRACE_TRY(model, convert_opset(model, to));
  std::string note = "opset " + std::to_string(from) + " converted to " + std::to_string(to);
  if (raise) note += ": per-channel scales need it (--per-tensor keeps the old one)";
  return note;
}

}  // namespace headrace
