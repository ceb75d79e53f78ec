// The `data` of a tensor in JSON: a flat list of elements, or lists nested as its shape says.
#pragma once

#include "base/tensor.h"
#include "serve/http/json_in.h"
#include "serve/wire.h"

namespace headrace::serve::http {

// `json_bytes`: the size of the whole text, which bounds the elements there can be before memory is asked for; then `memory` is
// asked. Errors (invalid_argument): those of `memory`, a number that does not fit the type exactly (no wrap, no fraction in an
// integer; FP32 rounds, but does not overflow), more or fewer elements than the shape has, nesting of another form, types that
// JSON has no form for (FP16, BF16).
Result<Tensor> tensor_of_json(DType dtype, Dims dims, simdjson::ondemand::value data, size_t json_bytes, TensorMemory& memory);

}  // namespace headrace::serve::http
