// Type and shape inference, checking and opset conversion by the onnx library. The weights are not copied for it: only small
// integer constants (shapes, axes) are handed over.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

// Fills in dtype and shape of every value it can. Known shapes are kept unless the inferred one is more precise.
// Errors: invalid_model when the graph's types or shapes contradict each other (the node is named).
Status infer_shapes(Model& model);

// The model in another opset of ai.onnx, by the onnx library's version converter. Errors: unsupported, naming the op that has no
// adapter.
Result<Model> convert_opset(const Model& model, int64_t opset);

// The newest opset of ai.onnx that the onnx library knows.
int64_t newest_opset();

// Names of the formal parameters of an op ("data_0", "axes", ...) and whether the op is known: what messages need.
bool op_is_known(const Model& model, const Node& node);

}  // namespace headrace
