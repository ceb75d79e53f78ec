// Operations on runs of elements, layout changes, and what surrounds a network: quantising its input, softmax.
// A run of pixels with their channels is one long run of elements: callers pass whole rows.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headrace::kernels {

enum class Activation { kNone, kClip, kLeakyRelu, kSigmoid, kHardSigmoid, kHardSwish, kSilu, kTanh, kGelu, kElu };

struct ActivationParameters {
  Activation kind = Activation::kNone;
  // kClip: minimum and maximum. kLeakyRelu, kElu: alpha. kHardSigmoid: alpha (slope) and beta.
  float a = 0, b = 0;
};

// q = clamp(rne(fma(a, a_ratio, fma(b, b_ratio, shift))), minimum, maximum)
struct AddU8 {
  float a_ratio = 0, b_ratio = 0, shift = 0;
  int32_t minimum = 0, maximum = 255;
};
// What the zero points of both operands and of the sum amount to; every `*_ratio` is scale / scale of the sum.
inline float add_u8_shift(int32_t a_zero, float a_ratio, int32_t b_zero, float b_ratio, int32_t zero_point) {
  return static_cast<float>(zero_point) -
         __builtin_fmaf(a_ratio, static_cast<float>(a_zero), b_ratio * static_cast<float>(b_zero));
}
// q = clamp(rne(float((a - a_zero) * (b - b_zero)) * multiplier) + zero_point, 0, 255)
struct MulU8 {
  int32_t a_zero = 0, b_zero = 0, zero_point = 0;
  float multiplier = 0;
};

struct ElementwiseKernels {
  void (*add_u8)(const uint8_t* a, const uint8_t* b, uint8_t* out, size_t count, const AddU8& parameters) noexcept = nullptr;
  void (*mul_u8)(const uint8_t* a, const uint8_t* b, uint8_t* out, size_t count, const MulU8& parameters) noexcept = nullptr;
  void (*table_u8)(const uint8_t* in, uint8_t* out, size_t count, const uint8_t* table /* [256] */) noexcept = nullptr;
  void (*add_f32)(const float* a, const float* b, float* out, size_t count, float minimum, float maximum) noexcept = nullptr;
  void (*mul_f32)(const float* a, const float* b, float* out, size_t count) noexcept = nullptr;
  // out = a * scale + shift with scale and shift per channel: `pixels` times `channels` elements, both operands [channels].
  void (*scale_shift_f32)(const float* in, float* out, size_t pixels, int channels, const float* scale, const float* shift,
                          float minimum, float maximum) noexcept = nullptr;
  void (*activation_f32)(const float* in, float* out, size_t count, const ActivationParameters& parameters) noexcept = nullptr;
  // out[pixel][channel] = in[pixel][channel] * gate[channel] (squeeze and excitation), and the same on codes as in MulU8.
  void (*gate_f32)(const float* in, const float* gate, float* out, size_t pixels, int channels) noexcept = nullptr;
  void (*gate_u8)(const uint8_t* in, const uint8_t* gate, uint8_t* out, size_t pixels, int channels,
                  const MulU8& parameters) noexcept = nullptr;
  // NCHW planes to NHWC: `count` pixels of one row, channel c of pixel i at in[c * plane + i]; the output's pixels lie `out_step`
  // elements apart, and channels up to out_step are filled with zeros (f32) or the last code's padding 0 (u8).
  void (*nchw_to_nhwc_f32)(const float* in, size_t plane, float* out, size_t out_step, size_t count,
                           int channels) noexcept = nullptr;
  // The same and quantised: clamp(rne(x / scale[c]) + zero_point[c], 0, 255); a true division.
  void (*quantize_nchw_u8)(const float* in, size_t plane, uint8_t* out, size_t out_step, size_t count, int channels,
                           const float* scale, const int32_t* zero_point) noexcept = nullptr;
  void (*nhwc_to_nchw_f32)(const float* in, size_t in_step, float* out, size_t plane, size_t count,
                           int channels) noexcept = nullptr;
  void (*quantize_u8)(const float* in, uint8_t* out, size_t count, float scale, int32_t zero_point) noexcept = nullptr;
  // (q - zero_point) * scale
  void (*dequantize_u8)(const uint8_t* in, float* out, size_t count, float scale, int32_t zero_point) noexcept = nullptr;
  // Over `count` neighbours; the maximum is subtracted first.
  void (*softmax_f32)(const float* in, float* out, size_t count) noexcept = nullptr;
};

}  // namespace headrace::kernels
