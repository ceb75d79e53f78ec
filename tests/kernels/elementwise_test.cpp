#include "kernels/avx512vnni/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/tables.h"
#include "kernels_test_support.h"

namespace headrace::kernels::testing {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kNan = std::numeric_limits<float>::quiet_NaN();

// Runs a kernel on every instruction set: run(elementwise kernels, output). The output must come to be `want`, and what lies
// behind it must stay.
template <typename T, typename Run>
void expect_output(const std::vector<T>& want, const Run& run) {
  for_each_isa([&](const KernelTable& table) {
    std::vector<T> got(want.size() + 70, T(77));
    run(table.elementwise, got.data());
    for (size_t i = 0; i < want.size(); ++i) ASSERT_EQ(+got[i], +want[i]) << "element " << i;
    for (size_t i = want.size(); i < got.size(); ++i) ASSERT_EQ(+got[i], 77) << "written beyond the end: element " << i;
  });
}

uint8_t clamped(float q, int zero_point, int minimum = 0, int maximum = 255) {
  return static_cast<uint8_t>(std::clamp<double>(std::nearbyint(q) + zero_point, minimum, maximum));
}

// All 65,536 pairs of codes, the second cut to `count`.
struct Pairs {
  std::vector<uint8_t> a, b;
  explicit Pairs(size_t count = 65536) {
    for (size_t i = 0; i < count; ++i) a.push_back(static_cast<uint8_t>(i)), b.push_back(static_cast<uint8_t>(i * 7 / 256 + i));
  }
};

void expect_sum(const Pairs& pairs, const AddU8& p) {
  std::vector<uint8_t> want;
  for (size_t i = 0; i < pairs.a.size(); ++i) {
    const float x = pairs.a[i], y = pairs.b[i];
    want.push_back(clamped(std::fma(x, p.a_ratio, std::fma(y, p.b_ratio, p.shift)), 0, p.minimum, p.maximum));
  }
  expect_output(
      want, [&](const ElementwiseKernels& k, uint8_t* out) { k.add_u8(pairs.a.data(), pairs.b.data(), out, want.size(), p); });
}

TEST(Elementwise, AddsAnyTwoCodes) {
  Dice dice(1);
  const Pairs pairs;
  for (int round = 0; round < 12; ++round) {
    const int minimum = dice.pick(0, 100);
    const float a_ratio = dice.real(0.1f, 2), b_ratio = dice.real(0.1f, 2);
    expect_sum(pairs, {.a_ratio = a_ratio,
                       .b_ratio = b_ratio,
                       .shift = add_u8_shift(dice.pick(0, 255), a_ratio, dice.pick(0, 255), b_ratio, dice.pick(0, 255)),
                       .minimum = minimum,
                       .maximum = dice.pick(minimum, 255)});
  }
  // Ties, and sums far beyond the codes and beyond int32.
  expect_sum(pairs, {.a_ratio = 0.5f, .b_ratio = 0.5f});
  expect_sum(pairs, {.a_ratio = 1e9f, .b_ratio = 1e9f, .shift = -256e9f});
}

TEST(Elementwise, AddsAnyNumberOfCodes) {
  for (size_t count = 0; count < 200; ++count) expect_sum(Pairs(count), {.a_ratio = 0.3f, .b_ratio = 0.9f, .shift = 3});
}

TEST(Elementwise, AddsInPlace) {
  const Pairs pairs(1000);
  const AddU8 p{.a_ratio = 0.6f, .b_ratio = 0.4f};
  std::vector<uint8_t> want(1000);
  (*find_kernels("reference"))->elementwise.add_u8(pairs.a.data(), pairs.b.data(), want.data(), 1000, p);
  expect_output(want, [&](const ElementwiseKernels& k, uint8_t* out) {
    std::copy(pairs.a.begin(), pairs.a.end(), out);
    k.add_u8(out, pairs.b.data(), out, 1000, p);
  });
}

uint8_t product(uint8_t a, uint8_t b, const MulU8& p) {
  return clamped(static_cast<float>((a - p.a_zero) * (b - p.b_zero)) * p.multiplier, p.zero_point);
}

TEST(Elementwise, MultipliesAnyTwoCodes) {
  Dice dice(2);
  const Pairs pairs;
  for (int round = 0; round < 12; ++round) {
    const MulU8 p{.a_zero = dice.pick(0, 255),
                  .b_zero = dice.pick(0, 255),
                  .zero_point = dice.pick(0, 255),
                  .multiplier = dice.real(0, 0.02f)};
    std::vector<uint8_t> want;
    for (size_t i = 0; i < pairs.a.size(); ++i) want.push_back(product(pairs.a[i], pairs.b[i], p));
    expect_output(
        want, [&](const ElementwiseKernels& k, uint8_t* out) { k.mul_u8(pairs.a.data(), pairs.b.data(), out, want.size(), p); });
  }
}

TEST(Elementwise, GatesCodes) {
  Dice dice(3);
  for (int channels = 1; channels < 140; channels += dice.pick(1, 6)) {
    const size_t pixels = static_cast<size_t>(dice.pick(1, 5));
    const auto in = dice.values<uint8_t>(pixels * channels + 64), gate = dice.values<uint8_t>(channels + 64);  // with slack
    const MulU8 p{
        .a_zero = dice.pick(0, 255), .b_zero = dice.pick(0, 255), .zero_point = dice.pick(0, 255), .multiplier = 0.004f};
    std::vector<uint8_t> want;
    for (size_t i = 0; i < pixels * channels; ++i) want.push_back(product(in[i], gate[i % channels], p));
    expect_output(
        want, [&](const ElementwiseKernels& k, uint8_t* out) { k.gate_u8(in.data(), gate.data(), out, pixels, channels, p); });
  }
}

TEST(Elementwise, LooksUpAnyCodeInAnyNumber) {
  Dice dice(4);
  const auto table = dice.values<uint8_t>(256);
  std::vector<size_t> counts{256, 5000};
  for (size_t count = 0; count < 150; ++count) counts.push_back(count);
  for (const size_t count : counts) {
    std::vector<uint8_t> in, want;
    for (size_t i = 0; i < count; ++i) in.push_back(static_cast<uint8_t>(i * 5 + count)), want.push_back(table[in.back()]);
    expect_output(want, [&](const ElementwiseKernels& k, uint8_t* out) { k.table_u8(in.data(), out, count, table.data()); });
  }
}

// Where the table's own look-up is that of AVX-512-VBMI, the one for CPUs without it.
TEST(Elementwise, LooksUpWithoutVbmi) {
  if (!avx512vnni_table().supported()) GTEST_SKIP() << "not run: avx512vnni";
  Dice dice(10);
  const auto table = dice.values<uint8_t>(256), in = dice.values<uint8_t>(3000);
  std::vector<uint8_t> out(in.size());
  avx512vnni::elementwise_kernels.table_u8(in.data(), out.data(), in.size(), table.data());
  for (size_t i = 0; i < in.size(); ++i) ASSERT_EQ(+out[i], +table[in[i]]) << "element " << i;
}

TEST(Elementwise, AddsAndMultipliesFloats) {
  Dice dice(5);
  for (size_t count = 0; count < 80; ++count) {
    const auto a = dice.values<float>(count), b = dice.values<float>(count);
    std::vector<float> sums, products;
    for (size_t i = 0; i < count; ++i) sums.push_back(std::clamp(a[i] + b[i], -0.5f, 1.0f)), products.push_back(a[i] * b[i]);
    expect_output(sums, [&](const ElementwiseKernels& k, float* out) { k.add_f32(a.data(), b.data(), out, count, -0.5f, 1); });
    expect_output(products, [&](const ElementwiseKernels& k, float* out) { k.mul_f32(a.data(), b.data(), out, count); });
  }
}

TEST(Elementwise, ScalesShiftsAndGatesFloatsPerChannel) {
  Dice dice(6);
  for (int channels = 1; channels < 70; channels += dice.pick(1, 4)) {
    const size_t pixels = static_cast<size_t>(dice.pick(1, 5));
    const auto in = dice.values<float>(pixels * channels), scale = dice.values<float>(channels),
               shift = dice.values<float>(channels);
    std::vector<float> shifted, gated;
    for (size_t i = 0; i < in.size(); ++i) {
      gated.push_back(in[i] * scale[i % channels]);
      const float sum = gated.back() + shift[i % channels];
      shifted.push_back(std::max(sum, 0.0f));
    }
    expect_output(shifted, [&](const ElementwiseKernels& k, float* out) {
      k.scale_shift_f32(in.data(), out, pixels, channels, scale.data(), shift.data(), 0, kInfinity);
    });
    expect_output(gated,
                  [&](const ElementwiseKernels& k, float* out) { k.gate_f32(in.data(), scale.data(), out, pixels, channels); });
  }
}

// What quantising must do with it: the nearest code, even ones for ties; the ends for infinities and what lies beyond; 0 for NaN.
struct Quantized {
  float value;
  float scale;
  int zero_point;
  uint8_t code;
};

TEST(Elementwise, QuantizesTiesInfinitiesAndNan) {
  const float most = std::numeric_limits<float>::max();
  const std::vector<Quantized> cases{
      {0.25f, 0.5f, 100, 100},     {0.75f, 0.5f, 100, 102},    {-0.25f, 0.5f, 100, 100}, {-0.75f, 0.5f, 100, 98},
      {kInfinity, 0.5f, 100, 255}, {-kInfinity, 0.5f, 100, 0}, {most, 0.5f, 100, 255},   {-most, 0.5f, 100, 0},
      {3e9f, 1, 7, 255},           {-3e9f, 1, 7, 0},           {kNan, 0.5f, 100, 0},     {kNan, 1, 255, 0},
      {1e30f, 1e-30f, 128, 255},   {0, 1, 255, 255},           {-255, 1, 255, 0},        {-0.0f, 1, 9, 9},
      {254.5f, 1, 0, 254},         {255.5f, 1, 0, 255}};
  for (const Quantized& c : cases) {
    SCOPED_TRACE(c.value);
    const std::vector<float> in(67, c.value);
    expect_output(std::vector<uint8_t>(67, c.code), [&](const ElementwiseKernels& k, uint8_t* out) {
      k.quantize_u8(in.data(), out, in.size(), c.scale, c.zero_point);
    });
    expect_output(std::vector<uint8_t>(67, c.code), [&](const ElementwiseKernels& k, uint8_t* out) {
      k.quantize_nchw_u8(in.data(), in.size(), out, 1, in.size(), 1, &c.scale, &c.zero_point);
    });
  }
}

TEST(Elementwise, QuantizesAndDequantizes) {
  Dice dice(7);
  for (size_t count = 0; count < 200; count += static_cast<size_t>(dice.pick(1, 3))) {
    const auto codes = dice.values<uint8_t>(count);
    const float scale = dice.real(0.001f, 0.02f);
    const int zero_point = dice.pick(0, 255);
    std::vector<float> in, values;
    std::vector<uint8_t> want;
    for (size_t i = 0; i < count; ++i) {
      in.push_back(dice.real(-2, 2));
      want.push_back(clamped(in.back() / scale, zero_point));
      values.push_back(static_cast<float>(codes[i] - zero_point) * scale);
    }
    expect_output(want,
                  [&](const ElementwiseKernels& k, uint8_t* out) { k.quantize_u8(in.data(), out, count, scale, zero_point); });
    expect_output(values,
                  [&](const ElementwiseKernels& k, float* out) { k.dequantize_u8(codes.data(), out, count, scale, zero_point); });
  }
}

// Planes and the pixels they are to become; `step` elements from pixel to pixel.
struct Layout {
  size_t count, plane, step;
  int channels;
  std::vector<float> planes;

  explicit Layout(Dice& dice)
      : count(static_cast<size_t>(dice.one_in(4) ? 224 : dice.pick(1, 70))),
        plane(count + dice.pick(0, 9)),
        channels(dice.one_in(2) ? 3 : dice.pick(1, 14)) {
    step = static_cast<size_t>(dice.one_in(2) ? std::max(channels, 4) : channels + dice.pick(0, 5));
    planes = dice.values<float>(plane * (channels - 1) + count);  // ends with the last pixel: nothing may be read behind it
  }
  template <typename T, typename Convert>
  std::vector<T> pixels(const Convert& convert) const {
    std::vector<T> all(count * step, T(0));
    for (size_t i = 0; i < count; ++i)
      for (int c = 0; c < channels; ++c) all[i * step + c] = convert(planes[c * plane + i], c);
    return all;
  }
};

TEST(Elementwise, TurnsPlanesIntoPixelsAndBack) {
  Dice dice(8);
  for (int round = 0; round < 80; ++round) {
    const Layout layout(dice);
    auto pixels = layout.pixels<float>([](float x, int) { return x; });
    expect_output(pixels, [&](const ElementwiseKernels& k, float* out) {
      k.nchw_to_nhwc_f32(layout.planes.data(), layout.plane, out, layout.step, layout.count, layout.channels);
    });
    std::vector<float> planes = layout.planes;
    for (size_t i = 0; i < planes.size(); ++i)
      if (i % layout.plane >= layout.count) planes[i] = 77;  // between the rows of two planes nothing is written
    expect_output(planes, [&](const ElementwiseKernels& k, float* out) {
      k.nhwc_to_nchw_f32(pixels.data(), layout.step, out, layout.plane, layout.count, layout.channels);
    });
  }
}

TEST(Elementwise, QuantizesPlanesIntoPixels) {
  Dice dice(9);
  for (int round = 0; round < 80; ++round) {
    const Layout layout(dice);
    std::vector<float> scale;
    std::vector<int32_t> zero_point;
    for (int c = 0; c < layout.channels; ++c) scale.push_back(dice.real(0.002f, 0.02f)), zero_point.push_back(dice.pick(0, 255));
    const auto want = layout.pixels<uint8_t>([&](float x, int c) { return clamped(x / scale[c], zero_point[c]); });
    expect_output(want, [&](const ElementwiseKernels& k, uint8_t* out) {
      k.quantize_nchw_u8(layout.planes.data(), layout.plane, out, layout.step, layout.count, layout.channels, scale.data(),
                         zero_point.data());
    });
  }
}

}  // namespace
}  // namespace headrace::kernels::testing
