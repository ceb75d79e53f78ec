// Tensors made from nothing.
#include <algorithm>
#include <cmath>

#include "readers/aten/promote.h"
#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

constexpr int64_t kMaxConstant = 1 << 16;  // elements; larger ones are computed when the model runs

// `number` in the shape of the result.
Value* filled(Call& call, Value* number, const std::vector<Size>& sizes) {
  if (sizes.empty()) return number;
  return call.b.op("Expand", {number, emit(call.b, sizes)});
}

std::vector<Size> asked_sizes(Call& call) { return call.sizes("size"); }

void zeros(Call& call) {
  call.ignore({"dtype", "self"});
  call.result(filled(call, call.b.number(0, call.output_dtype()), asked_sizes(call)));
}
void ones(Call& call) {
  call.ignore({"dtype", "self"});
  call.result(filled(call, call.b.number(1, call.output_dtype()), asked_sizes(call)));
}
void full(Call& call) {
  call.ignore({"dtype", "self"});
  call.result(filled(call, call.operand("fill_value", call.output_dtype()), asked_sizes(call)));
}

void zeros_like(Call& call) {
  call.ignore({"dtype"});
  call.result(filled(call, call.b.number(0, call.output_dtype()), sizes_of(call.tensor("self"))));
}
void ones_like(Call& call) {
  call.ignore({"dtype"});
  call.result(filled(call, call.b.number(1, call.output_dtype()), sizes_of(call.tensor("self"))));
}
void full_like(Call& call) {
  call.ignore({"dtype"});
  call.result(filled(call, call.operand("fill_value", call.output_dtype()), sizes_of(call.tensor("self"))));
}

void scalar_tensor_op(Call& call) {
  call.ignore({"dtype"});
  call.result(call.operand("s", call.output_dtype()));
}

Value* constant_of(Call& call, const std::vector<double>& values) {
  Builder& b = call.b;
  const auto count = static_cast<int64_t>(values.size());
  if (!is_integral(call.output_dtype()))
    return b.cast(b.constant("range", Tensor::from(Dims{count}, values)), call.output_dtype());
  if (std::any_of(values.begin(), values.end(), [](double value) { return !(std::abs(value) < 0x1p53); }))
    refuse("integers of more than 53 bits");
  std::vector<int64_t> integers(values.begin(), values.end());
  return b.cast(b.constant("range", Tensor::from(Dims{count}, integers)), call.output_dtype());
}

// A number as a scalar tensor, known or not.
Value* scalar(Call& call, std::string_view name, double otherwise, DType dtype) {
  return call.has(name) ? call.operand(name, dtype) : call.b.number(otherwise, dtype);
}

// A Cast of a constant would be left to every run; the values are cast here.
Value* exact_constant(Call& call, double start, double step, int64_t count) {
  const DType dtype = call.output_dtype();
  if (dtype == DType::kFloat32) {
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(start + step * static_cast<double>(i)));
    return call.b.constant("range", Tensor::from(Dims{count}, values));
  }
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(start + step * static_cast<double>(i));
  return constant_of(call, values);
}

void arange(Call& call) {
  call.ignore({"dtype"});
  const Dim& extent = call.output_shape().at(0);
  if (extent.known() && extent.extent <= kMaxConstant)
    return call.result(exact_constant(call, call.real("start", 0), (call.ignore({"end"}), call.real("step", 1)), extent.extent));
  const DType dtype = bits_of(call.output_dtype()) < 32 ? DType::kInt64 : call.output_dtype();
  Value* start = scalar(call, "start", 0, dtype);
  call.result(call.b.op("Range", {start, call.operand("end", dtype), scalar(call, "step", 1, dtype)}));
}

// From both ends towards the middle, as PyTorch does.
void linspace(Call& call) {
  call.ignore({"dtype"});
  const double start = call.real("start"), end = call.real("end");
  const int64_t steps = call.integer("steps");
  if (steps < 0 || steps > kMaxConstant) refuse("linspace of more than 65536 steps");
  const double step = steps > 1 ? (end - start) / static_cast<double>(steps - 1) : 0;
  std::vector<double> values;
  for (int64_t i = 0; i < steps; ++i)
    values.push_back(i < steps / 2 || steps == 1 ? start + step * static_cast<double>(i)
                                                 : end - step * static_cast<double>(steps - 1 - i));
  std::vector<float> narrow(values.begin(), values.end());
  call.result(call.output_dtype() == DType::kFloat32 ? call.b.constant("range", Tensor::from(Dims{steps}, narrow))
                                                     : constant_of(call, values));
}

void eye(Call& call) {
  call.ignore({"dtype"});
  const int64_t rows = call.integer("n"), columns = call.integer("m", rows);
  if (rows < 0 || columns < 0 || rows > 4096 || columns > 4096) refuse("eye of more than 4096 rows");
  std::vector<float> values(static_cast<size_t>(rows * columns), 0.0F);
  for (int64_t i = 0; i < std::min(rows, columns); ++i) values[static_cast<size_t>(i * columns + i)] = 1;
  call.result(call.b.cast(call.b.constant("eye", Tensor::from(Dims{rows, columns}, values)), call.output_dtype()));
}

constexpr Entry kOps[] = {
    {"aten.zeros", zeros},
    {"aten.new_zeros", zeros},
    {"aten.empty", zeros},  // whatever lies there; zeros are as good
    {"aten.new_empty", zeros},
    {"aten.empty_like", zeros_like},
    {"aten.ones", ones},
    {"aten.new_ones", ones},
    {"aten.full", full},
    {"aten.new_full", full},
    {"aten.zeros_like", zeros_like},
    {"aten.ones_like", ones_like},
    {"aten.full_like", full_like},
    {"aten.scalar_tensor", scalar_tensor_op},
    {"aten.arange", arange},
    {"aten.linspace", linspace},
    {"aten.eye", eye},
};

}  // namespace

std::span<const Entry> create_ops() { return kOps; }

}  // namespace headrace::aten
