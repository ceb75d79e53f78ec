// Our types, signatures and errors in OpenVINO's terms.
#pragma once

#include <string>

#include "engines/engine.h"

namespace ov {
class Model;
class Tensor;
}  // namespace ov

namespace headrace::openvino {

// Names, types and shapes. OpenVINO does not keep the names of symbolic dimensions: they are unknown here.
// Errors: unsupported for an element type that we do not have.
Result<Signature> signature_of(const ov::Model& model);

// An OpenVINO tensor over our tensor's own bytes, which must outlive it. May throw what OpenVINO throws.
ov::Tensor wrap(const Tensor& tensor);
// The value of an OpenVINO tensor, copied into `tensor` (in place where it fits).
Status copy_output(const ov::Tensor& value, Tensor& tensor);

// The exception being handled as an Error: call it in a catch-all handler. `doing` completes "OpenVINO could not ...".
Error exception_to_error(const std::string& doing, ErrorCode otherwise);

}  // namespace headrace::openvino
