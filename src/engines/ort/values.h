// Our tensors and signatures in ONNX Runtime's terms. Every function here may throw what ONNX Runtime throws.
#pragma once

#include "base/tensor.h"
#include "engines/engine.h"

namespace Ort {
struct Session;
struct Value;
struct MemoryInfo;
}  // namespace Ort

namespace headrace::ort {

// Names, types and shapes as the session states them. Errors: unsupported for an input or output that is not a tensor.
Result<Signature> signature_of(Ort::Session& session);

// A value over the tensor's own bytes, which must outlive it; strings are copied.
Ort::Value wrap_input(const Tensor& tensor, const Ort::MemoryInfo& memory);
Ort::Value wrap_output(Tensor& tensor, const Ort::MemoryInfo& memory);
// What a run left in a value of ONNX Runtime's, copied into `tensor` (in place where it fits).
Status copy_output(const Ort::Value& value, Tensor& tensor);

}  // namespace headrace::ort
