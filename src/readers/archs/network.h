// Writing a known network as a graph, layer by layer, while comparing a state dict with the parameters it asks for.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/builder.h"
#include "ir/model.h"
#include "readers/checkpoint/state_dict.h"

namespace headrace {

// A state dict by name; borrows it.
class Parameters {
 public:
  explicit Parameters(const StateDict& state);
  const Tensor* find(std::string_view name) const;
  // An extent of a parameter's shape; `otherwise` where there is no such parameter or dimension.
  int64_t extent(std::string_view name, size_t dimension, int64_t otherwise) const;
  const std::unordered_map<std::string_view, const Tensor*>& all() const { return by_name_; }

 private:
  std::unordered_map<std::string_view, const Tensor*> by_name_;
};

// How a state dict differs from what a network asks for. Sorted as the network, or the names, run.
struct Mismatch {
  std::vector<std::string> missing, extra, different;  // `different`: "fc.weight is [10, 512] instead of [1000, 512]"
  size_t matched = 0;
  size_t count() const { return missing.size() + extra.size() + different.size(); }
};

struct ConvLayer {
  int64_t in = 0, out = 0, kernel = 1, stride = 1, groups = 1;
  std::array<int64_t, 4> pads = {};  // top, left, bottom, right
};

// (kernel - 1) / 2 on every side.
std::array<int64_t, 4> centred_pads(int64_t kernel);

class Network {
 public:
  Network(const Parameters& parameters, int64_t channels, int64_t resolution);

  Value* input() const { return input_; }
  Value* conv(Value* x, const std::string& name, const ConvLayer& layer);  // without bias
  Value* batch_norm(Value* x, const std::string& name, int64_t channels, float epsilon);
  Value* relu(Value* x);
  Value* relu6(Value* x);
  Value* add(Value* a, Value* b);
  Value* max_pool(Value* x, int64_t kernel, int64_t stride);
  // Global average pooling and a linear layer with bias: the output "logits".
  void classifier(Value* x, const std::string& name, int64_t features, int64_t classes);

  // The differences so far; what the state dict holds beyond what was asked for is `extra` (counters of batches are not).
  Mismatch mismatch() const;
  // The finished model, with types and shapes. Only without mismatches.
  Result<Model> finish(const std::string& name);

 private:
  Value* parameter(const std::string& name, const Dims& dims);

  const Parameters& parameters_;
  Model model_;
  Builder builder_;
  Value* input_ = nullptr;
  Mismatch mismatch_;
  std::unordered_map<std::string_view, bool> used_;
};

}  // namespace headrace
