// Networks in the making, once in codes (DequantizeLinear, layer, QuantizeLinear) and once in float32.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/test_support.h"

namespace headrace::testing {

enum class Arithmetic { kFloat, kUnsignedCodes, kSignedCodes };

struct LayerShape {
  int channels = 8;  // of the output
  int kernel = 3, stride = 1, dilation = 1, groups = 1;
  std::vector<int64_t> pads = {};  // top, left, bottom, right; none: as much as keeps the size at stride 1
  std::string activation = {};     // "Relu", "Clip" (0 to 6 steps of the output's scale) or none
};

// Every value is one of float32; in codes, it is what a DequantizeLinear reads.
class Net {
 public:
  explicit Net(Arithmetic arithmetic, uint32_t seed = 1) : arithmetic_(arithmetic), random_(seed) {}

  // [N, channels, height, width]; -1: any height or width.
  Value* picture(int channels, int height, int width);
  Value* vector(int channels);  // [N, channels]

  Value* conv(Value* x, const LayerShape& shape);
  Value* depthwise(Value* x, LayerShape shape);
  // N x anything (laid flat in front where it is a picture) to N x channels.
  Value* gemm(Value* x, int inputs, int channels, bool ends_in_float = false);
  Value* add(Value* a, Value* b, const std::string& activation = {});
  Value* multiply(Value* a, Value* b);
  Value* activation(Value* x, const std::string& op, const std::map<std::string, Attribute>& attributes = {});
  Value* gated(Value* x, const std::string& gate, const std::map<std::string, Attribute>& attributes = {});  // x * gate(x)
  Value* global_mean(Value* x);
  Value* pool(Value* x, const std::string& op, const std::map<std::string, Attribute>& attributes);
  Value* concat(const std::vector<Value*>& values);
  Value* enlarged(Value* x, int factor_h, int factor_w);
  Value* flattened(Value* x);

  int channels(Value* value) const { return channels_.at(value); }
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  Model finish(const std::vector<Value*>& outputs) { return builder_.finish(outputs); }
  ModelBuilder& builder() { return builder_; }

 private:
  struct Scale {
    float scale = 1;
    int zero = 128;  // in unsigned codes
    bool operator==(const Scale&) const = default;
  };
  float uniform(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }
  Value* constant(Tensor tensor) { return builder_.constant("c" + std::to_string(count_++), std::move(tensor)); }
  Value* zero_point(int zero);
  // The value through codes of this scale (in float32: the value).
  Value* through_codes(Value* value, Scale scale, int channels);
  Value* through_codes(Value* value, float scale, int channels) { return through_codes(value, {scale, below(256)}, channels); }
  Value* activated(Value* value, const std::string& activation, float scale);
  // Weights, and the scale that their sums' codes should have.
  struct Weights {
    Value *weights, *bias;
    float output_scale;
  };
  Weights weights(Value* x, const Dims& dims, int64_t fan_in);
  Weights float_weights(const Dims& dims, int64_t fan_in);

  Arithmetic arithmetic_;
  std::mt19937 random_;
  ModelBuilder builder_{17};
  std::map<Value*, Scale> scales_;
  std::map<Value*, int> channels_;
  int count_ = 0;
};

}  // namespace headrace::testing
