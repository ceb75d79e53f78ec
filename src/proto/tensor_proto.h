// TensorProto to Tensor and back.
#pragma once

#include "base/error.h"
#include "base/tensor.h"
#include "proto/external_data.h"

namespace onnx {
class TensorProto;
}  // namespace onnx

namespace headrace {

// The tensor, which takes raw_data's bytes over without copying them (`proto` loses them) or points into the external file; typed
// fields (float_data, ...) are converted. Errors: invalid_model when type, shape and data do not fit each other.
Result<Tensor> take_tensor(onnx::TensorProto& proto, ExternalData& external);

// Sets type and dims, but no data.
void describe_tensor(const Tensor& tensor, onnx::TensorProto& proto);
// Type, dims and a copy of the bytes (strings: of the strings).
void store_tensor(const Tensor& tensor, onnx::TensorProto& proto);

}  // namespace headrace
