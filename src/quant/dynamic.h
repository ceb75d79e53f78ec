// Dynamic quantisation: weights in int8, activations quantised as they come. No calibration data; the gain is in models of MatMul
// and Gemm.
#pragma once

#include "quant/quantize.h"

namespace headrace {

// Writes DynamicQuantizeLinear and MatMulInteger (or ConvInteger) with a Cast and a Mul by the scales after it: the form that
// ONNX Runtime fuses.
Result<Quantized> quantize_dynamic(const Model& model, const QuantOptions& options);

}  // namespace headrace
