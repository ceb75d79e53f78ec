// From the bytes of a picture to the tensor that a model takes: what data sets, `headrace run` and the server share.
#pragma once

#include <cstddef>
#include <span>

#include "base/error.h"
#include "base/tensor.h"
#include "data/preprocess.h"
#include "engines/engine.h"

namespace headrace {

// "the data are pictures, but ..." unless the model has the one input that pictures can feed.
Status check_picture_input(const Signature& signature, const Preprocess& preprocess);

// A JPEG or PNG, decoded and preprocessed, with a leading batch dimension of 1. Errors: invalid_data when it is no such picture,
// or becomes another shape than `input` has; those of apply_preprocess().
Result<Tensor> picture_tensor(std::span<const std::byte> picture, const Preprocess& preprocess, const TensorSpec& input);

}  // namespace headrace
