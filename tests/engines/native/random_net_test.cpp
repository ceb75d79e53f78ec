// Networks put together at random: what layers do to each other's layout, padding and memory.
#include "engines/native/against_reference.h"
#include "engines/native/net.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using Ints = std::vector<int64_t>;

// Adds one layer after the other to values of one size; a pool or stride halves the size and starts anew.
class RandomNet {
 public:
  RandomNet(Arithmetic arithmetic, uint32_t seed) : net_(arithmetic, seed) {
    values_ = {net_.conv(net_.picture(3, -1, -1), {.channels = 4 + net_.below(20), .activation = "Relu"})};
  }

  Model finish(int layers) {
    for (int i = 0; i < layers; ++i) grow();
    Value* x = any();
    std::vector<Value*> outputs{net_.gemm(net_.flattened(net_.global_mean(x)), net_.channels(x), 7, net_.below(2) == 0)};
    for (Value* value : values_)
      if (value->uses().empty()) outputs.push_back(value);
    outputs.push_back(net_.conv(values_.back(), {.channels = 3, .kernel = 1}));
    return net_.finish(outputs);
  }

 private:
  Value* any() { return values_[static_cast<size_t>(net_.below(static_cast<int>(values_.size())))]; }
  std::string clamp() { return std::vector<std::string>{"", "Relu", "Clip"}[static_cast<size_t>(net_.below(3))]; }

  Value* convolution() {
    Value* x = any();
    const int kernel = 1 + 2 * net_.below(3);
    switch (net_.below(4)) {
      case 0: return net_.depthwise(x, {.kernel = kernel, .dilation = 1 + net_.below(2), .activation = clamp()});
      case 1: return net_.conv(x, {.channels = 1 + net_.below(40), .kernel = 1, .activation = clamp()});
      default: return net_.conv(x, {.channels = 16 + net_.below(24), .kernel = kernel, .activation = clamp()});
    }
  }
  // x + f(x), the operands in either order.
  Value* residual() {
    Value* x = any();
    Value* y = net_.conv(net_.conv(x, {.channels = 12, .kernel = 1, .activation = "Relu"}), {.channels = net_.channels(x)});
    return net_.below(2) == 0 ? net_.add(x, y, clamp()) : net_.add(y, x, clamp());
  }
  Value* excitation() {
    Value* x = any();
    Value* gate = net_.activation(net_.conv(net_.global_mean(x), {.channels = net_.channels(x), .kernel = 1}), "HardSigmoid");
    return net_.multiply(x, gate);
  }
  Value* pooled() {
    const std::map<std::string, Attribute> window{{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}};
    return net_.pool(any(), net_.below(2) == 0 ? "MaxPool" : "AveragePool", window);
  }
  Value* activated() {
    const std::vector<std::string> ops{"HardSwish", "Sigmoid", "LeakyRelu", "Relu"};
    return net_.activation(any(), ops[static_cast<size_t>(net_.below(4))]);
  }
  void halve() {
    Value* y = net_.below(2) == 0 ? net_.pool(any(), "MaxPool", {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}})
                                  : net_.conv(any(), {.channels = 24, .stride = 2, .activation = "Relu"});
    values_ = {y};
  }

  void grow() {
    switch (net_.below(10)) {
      case 0: return halve();
      case 1: return values_.push_back(net_.concat({any(), any()}));
      case 2: return values_.push_back(excitation());
      case 3: return values_.push_back(pooled());
      case 4: return values_.push_back(activated());
      case 5:
      case 6: return values_.push_back(residual());
      default: return values_.push_back(convolution());
    }
  }

  Net net_;
  std::vector<Value*> values_;
};

#ifdef __SANITIZE_ADDRESS__
constexpr uint32_t kNets = 2;  // instrumented, the reference kernels take minutes for more
#else
constexpr uint32_t kNets = 8;
#endif

void for_random_nets(Arithmetic arithmetic, void (*expect)(Model, const std::vector<Inputs>&)) {
  for (uint32_t seed = 1; seed <= kNets; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model = RandomNet(arithmetic, seed).finish(9);
    const std::vector<Inputs> runs{random_inputs(model, 1, 24, seed), random_inputs(model, 3, 17, seed)};
    expect(std::move(model), runs);
  }
}

TEST(NativeRandomNets, UnsignedCodesAreTheReferences) { for_random_nets(Arithmetic::kUnsignedCodes, expect_reference_bits); }
TEST(NativeRandomNets, SignedCodesAreTheReferences) { for_random_nets(Arithmetic::kSignedCodes, expect_reference_bits); }
TEST(NativeRandomNets, FloatsAreNearTheReferences) {
  for_random_nets(Arithmetic::kFloat,
                  [](Model model, const std::vector<Inputs>& runs) { expect_near_reference(std::move(model), runs); });
}

}  // namespace
}  // namespace headrace
