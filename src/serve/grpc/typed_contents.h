// Tensors whose elements come one by one, in the field of InferTensorContents that their datatype asks for.
#pragma once

#include "base/tensor.h"
#include "inference.pb.h"

namespace headrace::serve {

// Errors: invalid_argument (another field than the datatype's is set, the wrong number of elements, an integer that the datatype
// cannot hold, a datatype without a field).
Result<Tensor> tensor_of_contents(DType dtype, Dims dims, const inference::InferTensorContents& contents);

// Whether any element is given.
bool has_contents(const inference::InferTensorContents& contents);

}  // namespace headrace::serve
