#include "data/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/codecs.h"

namespace headrace {
namespace {

// Weights are fixed-point numbers with this many fractional bits: 8 bits of pixel, 2 of head room for bicubic's overshoot.
constexpr int kPrecision = 32 - 8 - 2;

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

// Keys' cubic with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// What one output pixel is made of: input pixels first, first + 1, ... with weights that sum to one.
struct Taps {
  int64_t first = 0;
  std::vector<int32_t> weights;
};

std::vector<int32_t> to_fixed_point(const std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  std::vector<int32_t> fixed;
  for (const double weight : weights) fixed.push_back(static_cast<int32_t>(std::lround(weight / sum * (1 << kPrecision))));
  return fixed;
}

std::vector<Taps> make_taps(int64_t in, int64_t out, Interpolation interpolation) {
  const bool bicubic = interpolation == Interpolation::kBicubic;
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double widening = std::max(scale, 1.0);
  const double support = (bicubic ? 2 : 1) * widening;
  std::vector<Taps> all(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(0, static_cast<int64_t>(centre - support + 0.5));
    const auto last = std::min(in, static_cast<int64_t>(centre + support + 0.5));
    std::vector<double> weights;
    for (int64_t x = first; x < last; ++x) {
      const double distance = (static_cast<double>(x) - centre + 0.5) / widening;
      weights.push_back(bicubic ? cubic(distance) : triangle(distance));
    }
    all[static_cast<size_t>(i)] = {first, to_fixed_point(weights)};
  }
  return all;
}

uint8_t round_to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp((sum + (1 << (kPrecision - 1))) >> kPrecision, 0, 255));
}

void resize_row(const uint8_t* in, const std::vector<Taps>& taps, uint8_t* out) {
  for (const Taps& tap : taps) {
    const uint8_t* pixel = in + 3 * tap.first;
    int32_t red = 0, green = 0, blue = 0;
    for (const int32_t weight : tap.weights) {
      red += weight * pixel[0];
      green += weight * pixel[1];
      blue += weight * pixel[2];
      pixel += 3;
    }
    *out++ = round_to_byte(red);
    *out++ = round_to_byte(green);
    *out++ = round_to_byte(blue);
  }
}

Result<Image> resize_rows(const Image& image, int64_t width, Interpolation interpolation) {
  HEADRACE_TRY(Image out, blank_image(width, image.height));
  const std::vector<Taps> taps = make_taps(image.width, width, interpolation);
  for (int64_t y = 0; y < image.height; ++y) resize_row(&image.rgb[3 * y * image.width], taps, &out.rgb[3 * y * width]);
  return out;
}

// Works on whole rows at a time, which vectorises, where a column at a time would not.
Result<Image> resize_columns(const Image& image, int64_t height, Interpolation interpolation) {
  HEADRACE_TRY(Image out, blank_image(image.width, height));
  const std::vector<Taps> taps = make_taps(image.height, height, interpolation);
  const size_t row = 3 * static_cast<size_t>(image.width);
  std::vector<int32_t> sums(row);
  for (int64_t y = 0; y < height; ++y) {
    const Taps& tap = taps[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0);
    const uint8_t* in = &image.rgb[row * static_cast<size_t>(tap.first)];
    for (const int32_t weight : tap.weights) {
      for (size_t i = 0; i < row; ++i) sums[i] += weight * in[i];
      in += row;
    }
    std::transform(sums.begin(), sums.end(), &out.rgb[row * static_cast<size_t>(y)], round_to_byte);
  }
  return out;
}

Result<Image> resize_nearest(const Image& image, int64_t width, int64_t height) {
  HEADRACE_TRY(Image out, blank_image(width, height));
  const auto nearest = [](int64_t i, int64_t from, int64_t to) {
    return std::min(from - 1,
                    static_cast<int64_t>((static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to)));
  };
  uint8_t* pixel = out.rgb.data();
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* row = &image.rgb[3 * nearest(y, image.height, height) * image.width];
    for (int64_t x = 0; x < width; ++x, pixel += 3) std::memcpy(pixel, row + 3 * nearest(x, image.width, width), 3);
  }
  return out;
}

// Where the crop begins in the picture; negative where zeros go in front of it. Halves round to even, as in Python.
int64_t crop_offset(int64_t extent, int64_t size) {
  if (size > extent) return -((size - extent) / 2);
  return std::lrint(static_cast<double>(extent - size) / 2);
}

}  // namespace

Result<Image> resize_image(const Image& image, int64_t width, int64_t height, Interpolation interpolation) {
  if (interpolation == Interpolation::kNearest) return resize_nearest(image, width, height);
  if (width == image.width && height == image.height) return image;
  if (width == image.width) return resize_columns(image, height, interpolation);
  HEADRACE_TRY(Image wide, resize_rows(image, width, interpolation));
  if (height == image.height) return wide;
  return resize_columns(wide, height, interpolation);
}

Result<Image> resize_shorter_side(const Image& image, int size, Interpolation interpolation) {
  const int64_t width = image.width, height = image.height;
  if (std::min(width, height) == size) return image;
  const int64_t longer = size * std::max(width, height) / std::min(width, height);
  return width <= height ? resize_image(image, size, longer, interpolation) : resize_image(image, longer, size, interpolation);
}

Result<Image> crop_centre(const Image& image, int size) {
  HEADRACE_TRY(Image out, blank_image(size, size));
  const int64_t left = crop_offset(image.width, size), top = crop_offset(image.height, size);
  const int64_t from = std::max<int64_t>(0, left), to = std::min<int64_t>(image.width, left + size);
  for (int64_t y = std::max<int64_t>(0, top); y < std::min<int64_t>(image.height, top + size); ++y)
    std::memcpy(&out.rgb[3 * ((y - top) * size + from - left)], &image.rgb[3 * (y * image.width + from)],
                static_cast<size_t>(3 * (to - from)));
  return out;
}

}  // namespace headrace
