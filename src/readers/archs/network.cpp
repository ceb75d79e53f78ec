#include "readers/archs/network.h"

#include <algorithm>

#include "base/printable.h"
#include "ir/verify.h"
#include "proto/infer_shapes.h"

namespace headrace {
namespace {

// As float32: itself, or widened. nullopt for what is not floating.
std::optional<Tensor> as_float(const Tensor& tensor) {
  if (tensor.dtype() == DType::kFloat32) return tensor;
  if (tensor.dtype() != DType::kFloat16 && tensor.dtype() != DType::kBfloat16 && tensor.dtype() != DType::kFloat64)
    return std::nullopt;
  const auto values = to_float_vector(tensor);
  if (!values.ok()) return std::nullopt;
  return Tensor::from(tensor.dims(), *values);
}

std::vector<int64_t> twice(int64_t value) { return {value, value}; }

}  // namespace

Parameters::Parameters(const StateDict& state) {
  for (const NamedTensor& named : state.tensors) by_name_.emplace(named.name, &named.tensor);
}

const Tensor* Parameters::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : at->second;
}

int64_t Parameters::extent(std::string_view name, size_t dimension, int64_t otherwise) const {
  const Tensor* tensor = find(name);
  return tensor != nullptr && dimension < tensor->dims().size() ? tensor->dims()[dimension] : otherwise;
}

std::array<int64_t, 4> centred_pads(int64_t kernel) {
  const int64_t pad = (kernel - 1) / 2;
  return {pad, pad, pad, pad};
}

Network::Network(const Parameters& parameters, int64_t channels, int64_t resolution)
    : parameters_(parameters), builder_(*model_.graph) {
  model_.opsets[""] = 17;
  model_.ir_version = 8;
  input_ = model_.graph->add_value("input");
  input_->dtype = DType::kFloat32;
  input_->shape = Shape{{-1, "batch"}, {channels, {}}, {resolution, {}}, {resolution, {}}};
  model_.graph->add_input(input_);
}

// A parameter that is not there, or not right, is noted; something stands in for it, for the rest to be compared as well.
Value* Network::parameter(const std::string& name, const Dims& dims) {
  const Tensor* tensor = parameters_.find(name);
  if (tensor != nullptr) used_.emplace(parameters_.all().find(name)->first, true);
  if (tensor == nullptr) {
    mismatch_.missing.push_back(name);
  } else if (tensor->dims() != dims) {
    mismatch_.different.push_back(name + " is " + to_string(tensor->dims()) + " instead of " + to_string(dims));
  } else if (auto weights = as_float(*tensor)) {
    ++mismatch_.matched;
    return builder_.constant(name, *std::move(weights));
  } else {
    mismatch_.different.push_back(name + " is " + std::string(to_string(tensor->dtype())) + " instead of float32");
  }
  return builder_.constant(name, Tensor::allocate(DType::kFloat32, {0}));
}

Value* Network::conv(Value* x, const std::string& name, const ConvLayer& layer) {
  Value* weight = parameter(name + ".weight", {layer.out, layer.in / layer.groups, layer.kernel, layer.kernel});
  builder_.set_scope(name);
  return builder_.op("Conv", {x, weight},
                     {{"kernel_shape", twice(layer.kernel)},
                      {"strides", twice(layer.stride)},
                      {"pads", std::vector<int64_t>(layer.pads.begin(), layer.pads.end())},
                      {"group", layer.groups}});
}

Value* Network::batch_norm(Value* x, const std::string& name, int64_t channels, float epsilon) {
  std::vector<Value*> inputs = {x};
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
    inputs.push_back(parameter(name + part, {channels}));
  builder_.set_scope(name);
  return builder_.op("BatchNormalization", inputs, {{"epsilon", epsilon}});
}

Value* Network::relu(Value* x) { return builder_.op("Relu", {x}); }

Value* Network::relu6(Value* x) {
  return builder_.op("Clip", {x, builder_.number(0, DType::kFloat32), builder_.number(6, DType::kFloat32)});
}

Value* Network::add(Value* a, Value* b) { return builder_.op("Add", {a, b}); }

Value* Network::max_pool(Value* x, int64_t kernel, int64_t stride) {
  const auto pads = centred_pads(kernel);
  return builder_.op(
      "MaxPool", {x},
      {{"kernel_shape", twice(kernel)}, {"strides", twice(stride)}, {"pads", std::vector<int64_t>(pads.begin(), pads.end())}});
}

void Network::classifier(Value* x, const std::string& name, int64_t features, int64_t classes) {
  Value* weight = parameter(name + ".weight", {classes, features});
  Value* bias = parameter(name + ".bias", {classes});
  builder_.set_scope(name);
  Value* pooled = builder_.op("Flatten", {builder_.op("GlobalAveragePool", {x})}, {{"axis", int64_t{1}}});
  Value* logits = builder_.op("Gemm", {pooled, weight, bias}, {{"transB", int64_t{1}}});
  model_.graph->rename(logits, "logits");
  model_.graph->add_output(logits);
}

Mismatch Network::mismatch() const {
  Mismatch all = mismatch_;
  for (const auto& [name, tensor] : parameters_.all())
    if (!used_.contains(name) && !name.ends_with("num_batches_tracked")) all.extra.push_back(printable(name));
  std::sort(all.extra.begin(), all.extra.end());
  return all;
}

Result<Model> Network::finish(const std::string& name) {
  model_.graph->name = name;
  model_.producer_name = "headrace";
  HEADRACE_CHECK(infer_shapes(model_));
  HEADRACE_CHECK(verify(model_));
  return std::move(model_);
}

}  // namespace headrace
