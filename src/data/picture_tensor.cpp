#include "data/picture_tensor.h"

#include "data/sources.h"

namespace headrace {
namespace {

Status check_extents(const Dims& dims, const Preprocess& preprocess, const TensorSpec& input) {
  for (size_t axis = 1; axis < dims.size() && axis < input.shape.size(); ++axis) {
    const Dim& expected = input.shape[axis];
    if (expected.known() && expected.extent != dims[axis])
      return invalid_data("the picture becomes " + to_string(dims) + ", but input " + input.name + " is " +
                          to_string(input.shape) + ": set crop and layout of the preprocessing (now " + to_string(preprocess) +
                          ")");
  }
  return Ok{};
}

// The part of check_extents() that needs no picture: channels, and height and width where the crop sets them.
Status check_shape(const TensorSpec& input, const Preprocess& preprocess) {
  const bool nchw = preprocess.layout == Layout::kNchw;
  const int64_t side = preprocess.crop > 0 ? preprocess.crop : -1;
  const int64_t expected[] = {-1, nchw ? 3 : side, side, nchw ? side : 3};
  for (size_t axis = 1; axis < 4; ++axis) {
    const Dim& dim = input.shape[axis];
    if (dim.known() && expected[axis] >= 0 && dim.extent != expected[axis])
      return invalid_data("input " + input.name + " is " + to_string(input.shape) + ", but preprocessing gives " +
                          std::to_string(expected[axis]) + " on axis " + std::to_string(axis) + ": set its crop or layout (now " +
                          to_string(preprocess) + ")");
  }
  return Ok{};
}

}  // namespace

Status check_picture_input(const Signature& signature, const Preprocess& preprocess) {
  if (signature.inputs.size() != 1)
    return invalid_data("pictures feed a model of one input, but this one has inputs " + input_names(signature) +
                        ": give an .npz with arrays of these names");
  const TensorSpec& input = signature.inputs.front();
  if (input.shape.size() != 4)
    return invalid_data("pictures feed an input of rank 4, but input " + input.name + " is " + to_string(input.shape) +
                        ": give an .npy or .npz file");
  if (input.dtype != DType::kFloat32 && input.dtype != DType::kUint8)
    return invalid_data("pictures feed a float32 or uint8 input, but input " + input.name + " is " +
                        std::string(to_string(input.dtype)) + ": give an .npy or .npz file");
  if (preprocess.none) return invalid_data("the data are pictures, but preprocessing is \"none\": declare one, such as imagenet");
  if (input.dtype == DType::kUint8 && !keeps_pixel_values(preprocess))
    return invalid_data("input " + input.name + " is uint8, so preprocessing must have scale=1,mean=0,std=1, but is " +
                        to_string(preprocess));
  return check_shape(input, preprocess);
}

Result<Tensor> picture_tensor(std::span<const std::byte> picture, const Preprocess& preprocess, const TensorSpec& input) {
  HEADRACE_TRY(const Image image, decode_image(picture));
  HEADRACE_TRY(const Tensor tensor, apply_preprocess(preprocess, image, input.dtype));
  Dims dims = tensor.dims();
  dims.insert(dims.begin(), 1);
  HEADRACE_CHECK(check_extents(dims, preprocess, input));
  return tensor.reshaped(std::move(dims));
}

}  // namespace headrace
