// Normalisations.
#include <limits>

#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

constexpr int64_t kMaxFill = 1 << 24;

// A vector of `count` equal numbers.
Value* filled(Call& call, double number, const Ints& dims, DType dtype) {
  auto count = element_count(dims);
  if (!count.ok() || *count > kMaxFill) malformed("a normalisation over too many elements");
  const Tensor scalar = scalar_tensor(number, dtype);
  Tensor tensor = Tensor::allocate(dtype, dims);
  const size_t step = scalar.byte_size();
  for (size_t at = 0; at < tensor.byte_size(); at += step)
    std::copy_n(scalar.bytes().data(), step, tensor.mutable_bytes().data() + at);
  return call.b.constant(number == 0 ? "zeros" : "ones", std::move(tensor));
}

float epsilon(Call& call) { return static_cast<float>(call.real("eps", 1e-5)); }

// A vector per channel (axis 1) as it broadcasts over a tensor of `rank`.
Value* along_channels(Call& call, Value* vector, int64_t rank) {
  Ints axes;
  for (int64_t axis = 1; axis < rank - 1; ++axis) axes.push_back(axis);
  return unsqueezed(call.b, vector, axes);
}

Value* scaled_and_shifted(Call& call, Value* x, Value* weight, Value* bias, int64_t rank) {
  if (weight != nullptr) x = call.b.op("Mul", {x, along_channels(call, weight, rank)});
  if (bias != nullptr) x = call.b.op("Add", {x, along_channels(call, bias, rank)});
  return x;
}

// (x - mean) / sqrt(variance + eps) over `axes`.
Value* standardised(Call& call, Value* x, const Ints& axes, float eps) {
  Builder& b = call.b;
  Value* centred = b.op("Sub", {x, b.op("ReduceMean", {x, b.ints(axes)})});
  Value* variance = b.op("ReduceMean", {b.op("Mul", {centred, centred}), b.ints(axes)});
  return b.op("Div", {centred, b.op("Sqrt", {b.op("Add", {variance, b.number(eps, x->dtype)})})});
}

Value* by_running_statistics(Call& call, Value* input) {
  Value *weight = call.optional_tensor("weight"), *bias = call.optional_tensor("bias");
  const Ints channels{extent_of(input, 1)};
  if (weight == nullptr) weight = filled(call, 1, channels, input->dtype);
  if (bias == nullptr) bias = filled(call, 0, channels, input->dtype);
  return call.b.op("BatchNormalization", {input, weight, bias, call.tensor("running_mean"), call.tensor("running_var")},
                   {{"epsilon", epsilon(call)}});
}

// Statistics of the batch itself, where nothing is remembered of them (standardised weights are written so).
Value* by_batch_statistics(Call& call, Value* input) {
  Ints axes;
  for (int64_t axis = 0; axis < rank_of(input); ++axis)
    if (axis != 1) axes.push_back(axis);
  Value* normal = standardised(call, input, axes, epsilon(call));
  return scaled_and_shifted(call, normal, call.optional_tensor("weight"), call.optional_tensor("bias"), rank_of(input));
}

void batch_norm(Call& call) {
  Value* input = call.tensor("input");
  call.ignore({"momentum"});
  const bool has_statistics = call.has("running_mean");
  if (call.flag("training", call.overload() == "no_stats")) {
    if (has_statistics) refuse("the normalisation is in training mode: call model.eval() before torch.export");
    return call.result(by_batch_statistics(call, input));
  }
  call.result(has_statistics ? by_running_statistics(call, input) : by_batch_statistics(call, input));
}

void instance_norm(Call& call) {
  Value* input = call.tensor("input");
  call.ignore({"momentum"});
  if (!call.flag("use_input_stats", true)) return call.result(by_running_statistics(call, input));
  call.ignore({"running_mean", "running_var"});
  Value *weight = call.optional_tensor("weight"), *bias = call.optional_tensor("bias");
  const Ints channels{extent_of(input, 1)};
  if (weight == nullptr) weight = filled(call, 1, channels, input->dtype);
  if (bias == nullptr) bias = filled(call, 0, channels, input->dtype);
  call.result(call.b.op("InstanceNormalization", {input, weight, bias}, {{"epsilon", epsilon(call)}}));
}

void layer_norm(Call& call) {
  Value* input = call.tensor("input");
  const Ints shape = call.ints("normalized_shape");
  Value* weight = call.optional_tensor("weight");
  if (weight == nullptr) weight = filled(call, 1, shape, input->dtype);
  call.ignore({"cudnn_enable"});
  call.result(call.b.op("LayerNormalization", {input, weight, call.optional_tensor("bias")},
                        {{"axis", -static_cast<int64_t>(shape.size())}, {"epsilon", epsilon(call)}}));
}

Value* grouped(Call& call, Value* input, int64_t groups) {
  Builder& b = call.b;
  Value* flat = b.op("Reshape", {input, b.ints({0, groups, -1})});
  Value* normal =
      b.op("InstanceNormalization", {flat, filled(call, 1, {groups}, input->dtype), filled(call, 0, {groups}, input->dtype)},
           {{"epsilon", epsilon(call)}});
  normal->shape = Shape{dim_of(input, 0), Dim{groups, {}}, Dim{}};
  Value* restored = reshaped(b, normal, *input->shape, sizes_of(input));
  return scaled_and_shifted(call, restored, call.optional_tensor("weight"), call.optional_tensor("bias"), rank_of(input));
}

void group_norm(Call& call) { call.result(grouped(call, call.tensor("input"), call.integer("num_groups"))); }

void native_group_norm(Call& call) {
  call.ignore({"N", "C", "HxW"});
  call.result(grouped(call, call.tensor("input"), call.integer("group")));
}

double default_epsilon(DType dtype) {
  if (dtype == DType::kFloat64) return std::numeric_limits<double>::epsilon();
  if (dtype == DType::kFloat16) return 0x1p-10;
  return dtype == DType::kBfloat16 ? 0x1p-7 : std::numeric_limits<float>::epsilon();
}

void rms_norm(Call& call) {
  Builder& b = call.b;
  Value* input = call.tensor("input");
  Ints axes;
  for (size_t i = call.ints("normalized_shape").size(); i > 0; --i) axes.push_back(-static_cast<int64_t>(i));
  const double eps = call.real("eps", default_epsilon(input->dtype));
  Value* mean = b.op("ReduceMean", {b.op("Mul", {input, input}), b.ints(axes)});
  Value* normal = b.op("Div", {input, b.op("Sqrt", {b.op("Add", {mean, b.number(eps, input->dtype)})})});
  Value* weight = call.optional_tensor("weight");
  call.result(weight == nullptr ? normal : b.op("Mul", {normal, weight}));
}

constexpr Entry kOps[] = {
    {"aten.batch_norm", batch_norm},
    {"aten._native_batch_norm_legit_no_training", batch_norm},
    {"aten._native_batch_norm_legit", batch_norm},
    {"aten.native_batch_norm", batch_norm},
    {"aten.instance_norm", instance_norm},
    {"aten.layer_norm", layer_norm},
    {"aten.native_layer_norm", layer_norm},
    {"aten.group_norm", group_norm},
    {"aten.native_group_norm", native_group_norm},
    {"aten.rms_norm", rms_norm},
    {"aten._fused_rms_norm", rms_norm},
};

}  // namespace

std::span<const Entry> norm_ops() { return kOps; }

}  // namespace headrace::aten
