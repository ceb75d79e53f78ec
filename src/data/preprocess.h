// Preprocessing: from a picture to the model's input tensor. Declared once (SPEC), used by calibration, evaluation, bench and
// serving.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace {

// An 8-bit picture, rows top to bottom, channels interleaved RGB.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // 3 * width * height
};

enum class Interpolation { kNearest, kBilinear, kBicubic };
enum class Layout { kNchw, kNhwc };
enum class ColorOrder { kRgb, kBgr };

struct Preprocess {
  bool none = false;                   // SPEC "none": tensors only, pictures are an error
  int resize = 256;                    // the shorter side, aspect kept; 0: as it is
  int crop = 224;                      // the centre square; 0: as it is
  float scale = 255;                   // divided by
  std::array<float, 3> mean{0, 0, 0};  // then subtracted
  std::array<float, 3> std{1, 1, 1};   // then divided by
  Layout layout = Layout::kNchw;
  ColorOrder color = ColorOrder::kRgb;
  Interpolation interpolation = Interpolation::kBilinear;
  bool operator==(const Preprocess&) const = default;
};

// "imagenet" (resize 256, crop 224, scale 255, ImageNet mean and std), "none", or pairs such as
// "resize=0,crop=0,scale=255,mean=0.485/0.456/0.406,std=0.229/0.224/0.225,layout=NCHW,color=RGB,interpolation=bicubic"; pairs may
// follow "imagenet," to change parts of it. Errors: invalid_argument naming the key or value and what is allowed.
Result<Preprocess> parse_preprocess(std::string_view spec);
// The canonical pairs (or "none"); parse_preprocess() gives the same value back.
std::string to_string(const Preprocess& preprocess);

// Whether pixel values stay what they are (scale 1, mean 0, std 1), so that a uint8 input can take them.
bool keeps_pixel_values(const Preprocess& preprocess);

// [3, h, w] or [h, w, 3] of `dtype`: float32, or uint8 where keeps_pixel_values(). Resizing is antialiased, as Pillow's is, with
// rounding to 8 bits after it: pixels equal Pillow's to +-1. Errors: invalid_argument for another dtype or "none", invalid_data
// for a picture that is empty or would become too large.
Result<Tensor> apply_preprocess(const Preprocess& preprocess, const Image& image, DType dtype = DType::kFloat32);

// Decodes JPEG or PNG (grey, palette and alpha become RGB; EXIF orientation is ignored, as the usual training code does).
// Errors: invalid_data saying what is wrong with the file.
Result<Image> decode_image(std::span<const std::byte> bytes);

}  // namespace headrace
