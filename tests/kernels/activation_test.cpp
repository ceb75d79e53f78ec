// The float32 functions that are approximated: activations and softmax, held to the bounds that tiles/activation_tile.h promises.
#include <cmath>
#include <limits>
#include <numbers>

#include "kernels_test_support.h"

namespace headrace::kernels::testing {
namespace {

constexpr double kRelative = 5e-7, kAbsolute = 1e-36;

// Every exponent, both signs, and some 400,000 mantissas in between.
std::vector<float> finite_floats() {
  std::vector<float> all;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 9973) {
    const uint32_t word = static_cast<uint32_t>(bits);
    float value;
    std::memcpy(&value, &word, sizeof value);
    if (std::isfinite(value)) all.push_back(value);
  }
  for (float x = -110; x < 110; x += 0.00173f) all.push_back(x);
  return all;
}

double exact(double x, const ActivationParameters& p) {
  switch (p.kind) {
    case Activation::kNone: return x;
    case Activation::kClip: return std::fmin(std::fmax(x, p.a), p.b);
    case Activation::kLeakyRelu: return x < 0 ? p.a * x : x;
    case Activation::kSigmoid: return 1 / (1 + std::exp(-x));
    case Activation::kHardSigmoid: return std::fmin(std::fmax(p.a * x + p.b, 0), 1);
    case Activation::kHardSwish: return x * std::fmin(std::fmax(x + 3, 0), 6) / 6;
    case Activation::kSilu: return x / (1 + std::exp(-x));
    case Activation::kTanh: return std::tanh(x);
    case Activation::kGelu: return x * std::erfc(-x / std::numbers::sqrt2) / 2;
    case Activation::kElu: return x < 0 ? p.a * std::expm1(x) : x;
  }
  return x;
}

const std::vector<ActivationParameters>& activations() {
  static const std::vector<ActivationParameters> all{{Activation::kNone},
                                                     {Activation::kClip, 0, 6},
                                                     {Activation::kClip, 0, std::numeric_limits<float>::infinity()},
                                                     {Activation::kLeakyRelu, 0.1f},
                                                     {Activation::kSigmoid},
                                                     {Activation::kHardSigmoid, 0.2f, 0.5f},
                                                     {Activation::kHardSwish},
                                                     {Activation::kSilu},
                                                     {Activation::kTanh},
                                                     {Activation::kGelu},
                                                     {Activation::kElu, 1},
                                                     {Activation::kElu, 0.3f}};
  return all;
}

class ActivationOf : public ::testing::TestWithParam<ActivationParameters> {};

TEST_P(ActivationOf, KeepsItsErrorBound) {
  const std::vector<float> in = finite_floats();
  for_each_isa([&](const KernelTable& table) {
    std::vector<float> out(in.size());
    table.elementwise.activation_f32(in.data(), out.data(), in.size(), GetParam());
    double worst = 0;
    float at = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      const double y = exact(in[i], GetParam());
      const double share = std::abs(out[i] - y) / (kRelative * std::abs(y) + kAbsolute);
      if (!(share <= worst)) worst = share, at = in[i];
    }
    EXPECT_LE(worst, 1) << "times the bound, at " << at;
  });
}

TEST_P(ActivationOf, DoesNotDependOnHowTheRunIsCut) {
  Dice dice(1);
  std::vector<float> in;
  for (int i = 0; i < 150; ++i) in.push_back(dice.real(-8, 8));
  for_each_isa([&](const KernelTable& table) {
    std::vector<float> whole(in.size()), parts(in.size());
    table.elementwise.activation_f32(in.data(), whole.data(), in.size(), GetParam());
    for (size_t begin = 0, count = 1; begin < in.size(); begin += count, count = std::min<size_t>(count + 1, in.size() - begin))
      table.elementwise.activation_f32(in.data() + begin, parts.data() + begin, count, GetParam());
    EXPECT_EQ(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(float)), 0);
  });
}

TEST_P(ActivationOf, KeepsNan) {
  const std::vector<float> in(40, std::numeric_limits<float>::quiet_NaN());
  for_each_isa([&](const KernelTable& table) {
    std::vector<float> out(in.size());
    table.elementwise.activation_f32(in.data(), out.data(), in.size(), GetParam());
    for (const float y : out) EXPECT_TRUE(std::isnan(y));
  });
}

INSTANTIATE_TEST_SUITE_P(Elementwise, ActivationOf, ::testing::ValuesIn(activations()),
                         [](const auto& info) { return std::to_string(info.index); });

// The difference to the maximum is rounded to float32, which the exponential turns into a relative error of its size.
TEST(Elementwise, SoftmaxKeepsItsErrorBound) {
  Dice dice(2);
  for (const size_t count : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100, 1000, 1001, 4099}) {
    const float range = dice.real(0.1f, 90);
    std::vector<float> in;
    for (size_t i = 0; i < count; ++i) in.push_back(dice.real(-range, range));
    const double maximum = *std::max_element(in.begin(), in.end());
    double sum = 0;
    for (const float x : in) sum += std::exp(x - maximum);
    for_each_isa([&](const KernelTable& table) {
      std::vector<float> out(count + 20, 77);
      table.elementwise.softmax_f32(in.data(), out.data(), count);
      for (size_t i = 0; i < count; ++i) {
        const double y = std::exp(in[i] - maximum) / sum;
        ASSERT_NEAR(out[i], y, y * (1e-6 + 6e-8 * (maximum - in[i])) + kAbsolute) << "element " << i << " of " << count;
      }
      for (size_t i = count; i < out.size(); ++i) ASSERT_EQ(out[i], 77);
    });
  }
}

TEST(Elementwise, SoftmaxOfGreatNumbersAndMinusInfinity) {
  const std::vector<float> in{3e38f, -3e38f, 3e38f, -std::numeric_limits<float>::infinity()}, want{0.5f, 0, 0.5f, 0};
  for_each_isa([&](const KernelTable& table) {
    std::vector<float> out(in.size());
    table.elementwise.softmax_f32(in.data(), out.data(), in.size());
    EXPECT_EQ(out, want);
  });
}

}  // namespace
}  // namespace headrace::kernels::testing
