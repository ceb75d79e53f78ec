#include "kernels/reference/elementwise.h"

#include <algorithm>
#include <numbers>

#include "kernels/reference/arithmetic.h"

namespace headrace::kernels::reference {
namespace {

// NaN stays NaN.
float clamp(float x, float minimum, float maximum) {
  x = x < minimum ? minimum : x;
  return x > maximum ? maximum : x;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

uint8_t multiply(uint8_t a, uint8_t b, const MulU8& p) {
  return requantize(static_cast<float>((a - p.a_zero) * (b - p.b_zero)) * p.multiplier, p.zero_point);
}

void add_u8(const uint8_t* a, const uint8_t* b, uint8_t* out, size_t count, const AddU8& p) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = sum_of(a[i], b[i], p);
}

void mul_u8(const uint8_t* a, const uint8_t* b, uint8_t* out, size_t count, const MulU8& p) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = multiply(a[i], b[i], p);
}

void table_u8(const uint8_t* in, uint8_t* out, size_t count, const uint8_t* table) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = table[in[i]];
}

void add_f32(const float* a, const float* b, float* out, size_t count, float minimum, float maximum) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = clamp(a[i] + b[i], minimum, maximum);
}

void mul_f32(const float* a, const float* b, float* out, size_t count) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = a[i] * b[i];
}

void scale_shift_f32(const float* in, float* out, size_t pixels, int channels, const float* scale, const float* shift,
                     float minimum, float maximum) noexcept {
  for (size_t i = 0; i < pixels; ++i)
    for (int c = 0; c < channels; ++c) *out++ = clamp(*in++ * scale[c] + shift[c], minimum, maximum);
}

void activation_f32(const float* in, float* out, size_t count, const ActivationParameters& parameters) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = activate(in[i], parameters);
}

void gate_f32(const float* in, const float* gate, float* out, size_t pixels, int channels) noexcept {
  for (size_t i = 0; i < pixels; ++i)
    for (int c = 0; c < channels; ++c) *out++ = *in++ * gate[c];
}

void gate_u8(const uint8_t* in, const uint8_t* gate, uint8_t* out, size_t pixels, int channels, const MulU8& p) noexcept {
  for (size_t i = 0; i < pixels; ++i)
    for (int c = 0; c < channels; ++c) *out++ = multiply(*in++, gate[c], p);
}

void nchw_to_nhwc_f32(const float* in, size_t plane, float* out, size_t out_step, size_t count, int channels) noexcept {
  const size_t present = static_cast<size_t>(channels);
  for (size_t i = 0; i < count; ++i)
    for (size_t c = 0; c < out_step; ++c) out[i * out_step + c] = c < present ? in[c * plane + i] : 0.0f;
}

void quantize_nchw_u8(const float* in, size_t plane, uint8_t* out, size_t out_step, size_t count, int channels,
                      const float* scale, const int32_t* zero_point) noexcept {
  const size_t present = static_cast<size_t>(channels);
  for (size_t i = 0; i < count; ++i)
    for (size_t c = 0; c < out_step; ++c)
      out[i * out_step + c] = c < present ? requantize(in[c * plane + i] / scale[c], zero_point[c]) : uint8_t{0};
}

void nhwc_to_nchw_f32(const float* in, size_t in_step, float* out, size_t plane, size_t count, int channels) noexcept {
  for (size_t c = 0; c < static_cast<size_t>(channels); ++c)
    for (size_t i = 0; i < count; ++i) out[c * plane + i] = in[i * in_step + c];
}

void quantize_u8(const float* in, uint8_t* out, size_t count, float scale, int32_t zero_point) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = requantize(in[i] / scale, zero_point);
}

void dequantize_u8(const uint8_t* in, float* out, size_t count, float scale, int32_t zero_point) noexcept {
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(in[i] - zero_point) * scale;
}

void softmax_f32(const float* in, float* out, size_t count) noexcept {
  if (count == 0) return;
  const double maximum = *std::max_element(in, in + count);
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += std::exp(in[i] - maximum);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<float>(std::exp(in[i] - maximum) / sum);
}

}  // namespace

float activate(float value, const ActivationParameters& p) {
  const double x = value;
  switch (p.kind) {
    case Activation::kNone: return value;
    case Activation::kClip: return clamp(value, p.a, p.b);
    case Activation::kLeakyRelu: return static_cast<float>(x < 0 ? p.a * x : x);
    case Activation::kSigmoid: return static_cast<float>(sigmoid(x));
    case Activation::kHardSigmoid: return static_cast<float>(std::clamp(p.a * x + p.b, 0.0, 1.0));
    case Activation::kHardSwish: return static_cast<float>(x * std::clamp(x / 6 + 0.5, 0.0, 1.0));
    case Activation::kSilu: return static_cast<float>(x * sigmoid(x));
    case Activation::kTanh: return static_cast<float>(std::tanh(x));
    // erfc, not 1 + erf: nothing cancels where x is far below zero.
    case Activation::kGelu: return static_cast<float>(0.5 * x * std::erfc(-x / std::numbers::sqrt2));
    case Activation::kElu: return static_cast<float>(x < 0 ? p.a * std::expm1(x) : x);
  }
  return value;
}

constinit const ElementwiseKernels elementwise_kernels{.add_u8 = add_u8,
                                                       .mul_u8 = mul_u8,
                                                       .table_u8 = table_u8,
                                                       .add_f32 = add_f32,
                                                       .mul_f32 = mul_f32,
                                                       .scale_shift_f32 = scale_shift_f32,
                                                       .activation_f32 = activation_f32,
                                                       .gate_f32 = gate_f32,
                                                       .gate_u8 = gate_u8,
                                                       .nchw_to_nhwc_f32 = nchw_to_nhwc_f32,
                                                       .quantize_nchw_u8 = quantize_nchw_u8,
                                                       .nhwc_to_nchw_f32 = nhwc_to_nchw_f32,
                                                       .quantize_u8 = quantize_u8,
                                                       .dequantize_u8 = dequantize_u8,
                                                       .softmax_f32 = softmax_f32};

}  // namespace headrace::kernels::reference
