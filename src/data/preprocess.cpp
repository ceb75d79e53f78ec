#include "data/preprocess.h"

#include "data/resize.h"

namespace headrace {
namespace {

template <typename T>
using Table = std::array<T, 256>;  // the model's value for each pixel value

Table<float> normalisation(const Preprocess& preprocess, size_t channel) {
  Table<float> table;
  for (size_t i = 0; i < table.size(); ++i)
    table[i] = (static_cast<float>(i) / preprocess.scale - preprocess.mean[channel]) / preprocess.std[channel];
  return table;
}

Table<uint8_t> identity() {
  Table<uint8_t> table;
  for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<uint8_t>(i);
  return table;
}

// `source` is the channel of the picture that becomes channel c of the tensor.
template <typename T>
void fill_channel(const Image& image, size_t source, const Table<T>& table, Layout layout, size_t c, std::span<T> out) {
  const size_t pixels = image.rgb.size() / 3;
  const uint8_t* in = image.rgb.data() + source;
  T* to = layout == Layout::kNchw ? out.data() + c * pixels : out.data() + c;
  const size_t step = layout == Layout::kNchw ? 1 : 3;
  for (size_t i = 0; i < pixels; ++i) to[i * step] = table[in[3 * i]];
}

Dims dims_of(const Image& image, Layout layout) {
  if (layout == Layout::kNchw) return {3, image.height, image.width};
  return {image.height, image.width, 3};
}

// Mean and std are given in the order of the tensor's channels.
Tensor to_tensor(const Preprocess& preprocess, const Image& image, DType dtype) {
  Tensor tensor = Tensor::allocate(dtype, dims_of(image, preprocess.layout));
  for (size_t c = 0; c < 3; ++c) {
    const size_t source = preprocess.color == ColorOrder::kRgb ? c : 2 - c;
    if (dtype == DType::kUint8) fill_channel(image, source, identity(), preprocess.layout, c, tensor.as_mutable<uint8_t>());
    else fill_channel(image, source, normalisation(preprocess, c), preprocess.layout, c, tensor.as_mutable<float>());
  }
  return tensor;
}

Status check(const Preprocess& preprocess, const Image& image, DType dtype) {
  if (preprocess.none)
    return invalid_argument("preprocessing is \"none\", which takes tensors, not pictures: declare one, such as imagenet");
  if (dtype != DType::kFloat32 && dtype != DType::kUint8)
    return invalid_argument("pictures become float32 or uint8 tensors, not " + std::string(to_string(dtype)));
  if (dtype == DType::kUint8 && !keeps_pixel_values(preprocess))
    return invalid_argument(
        "a uint8 input takes pixel values as they are: preprocessing must have scale=1,mean=0,std=1, but is " +
        to_string(preprocess));
  if (image.width <= 0 || image.height <= 0) return invalid_data("the picture is empty");
  return Ok{};
}

}  // namespace

bool keeps_pixel_values(const Preprocess& preprocess) {
  return preprocess.scale == 1 && preprocess.mean == std::array<float, 3>{0, 0, 0} &&
         preprocess.std == std::array<float, 3>{1, 1, 1};
}

Result<Tensor> apply_preprocess(const Preprocess& preprocess, const Image& image, DType dtype) {
  HEADRACE_CHECK(check(preprocess, image, dtype));
  const Image* current = &image;  // a picture that is right already is not copied
  Image resized, cropped;
  if (preprocess.resize > 0) {
    HEADRACE_TRY(resized, resize_shorter_side(*current, preprocess.resize, preprocess.interpolation));
    current = &resized;
  }
  if (preprocess.crop > 0 && (current->width != preprocess.crop || current->height != preprocess.crop)) {
    HEADRACE_TRY(cropped, crop_centre(*current, preprocess.crop));
    current = &cropped;
  }
  return to_tensor(preprocess, *current, dtype);
}

}  // namespace headrace
