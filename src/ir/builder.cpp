#include "ir/builder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace headrace {
namespace {

constexpr std::array<std::string_view, 11> kBoolOps = {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And",
                                                       "Or",    "Xor",  "Not",         "IsNaN",   "IsInf"};
constexpr std::array<std::string_view, 5> kInt64Ops = {"Shape", "Size", "ArgMax", "ArgMin", "NonZero"};

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

DType dtype_of_input(const std::vector<Value*>& inputs, size_t index) {
  return index < inputs.size() && inputs[index] != nullptr ? inputs[index]->dtype : DType::kUndefined;
}

DType constant_of_shape_dtype(const Attributes& attributes) {
  const auto value = attributes.find("value");
  if (value == attributes.end()) return DType::kFloat32;
  const auto* tensor = std::get_if<Tensor>(&value->second);
  return tensor == nullptr ? DType::kUndefined : tensor->dtype();
}

DType cast_dtype(const Attributes& attributes) {
  const auto to = attributes.find("to");
  const auto* number = to == attributes.end() ? nullptr : std::get_if<int64_t>(&to->second);
  return number == nullptr ? DType::kUndefined : static_cast<DType>(*number);
}

DType result_dtype(std::string_view op, const std::vector<Value*>& inputs, const Attributes& attributes, size_t output) {
  if (contains(kBoolOps, op)) return DType::kBool;
  if (contains(kInt64Ops, op) || (output == 1 && (op == "TopK" || op == "MaxPool"))) return DType::kInt64;
  if (op == "Cast") return cast_dtype(attributes);
  if (op == "ConstantOfShape") return constant_of_shape_dtype(attributes);
  if (op == "Where" || op == "DequantizeLinear") return dtype_of_input(inputs, 1);
  if (op == "OneHot") return dtype_of_input(inputs, 2);
  if (op == "QuantizeLinear") return inputs.size() > 2 ? dtype_of_input(inputs, 2) : DType::kUint8;
  return dtype_of_input(inputs, 0);
}

template <typename T, typename From>
Tensor scalar_as(From value) {
  return Tensor::scalar<T>(static_cast<T>(value));
}

Tensor scalar_of_bits(DType dtype, uint16_t bits) {
  Tensor tensor = Tensor::allocate(dtype, {});
  std::memcpy(tensor.mutable_bytes().data(), &bits, sizeof bits);
  return tensor;
}

uint16_t bfloat16_bits(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Rounded to nearest even: scaled so that the last place of float16 is 1, where nearbyint does the rounding.
uint16_t float16_bits(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return 0x7e00;
  if (magnitude >= 65520.0F) return sign | 0x7c00;
  if (magnitude < 0x1p-14F) return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24F));
  int exponent = 0;
  const float fraction = std::frexp(magnitude, &exponent);  // in [0.5, 1)
  const auto mantissa = static_cast<int>(std::nearbyint(fraction * 2048.0F));
  return sign | static_cast<uint16_t>(((exponent + 14) << 10) + (mantissa - 1024));
}

template <typename From>
Tensor make_scalar(From value, DType dtype) {
  switch (dtype) {
    case DType::kFloat64: return scalar_as<double>(value);
    case DType::kInt8: return scalar_as<int8_t>(value);
    case DType::kUint8: return scalar_as<uint8_t>(value);
    case DType::kInt16: return scalar_as<int16_t>(value);
    case DType::kUint16: return scalar_as<uint16_t>(value);
    case DType::kInt32: return scalar_as<int32_t>(value);
    case DType::kUint32: return scalar_as<uint32_t>(value);
    case DType::kInt64: return scalar_as<int64_t>(value);
    case DType::kUint64: return scalar_as<uint64_t>(value);
    case DType::kBool: return Tensor::scalar<bool>(value != From{0});
    case DType::kFloat16: return scalar_of_bits(dtype, float16_bits(static_cast<float>(value)));
    case DType::kBfloat16: return scalar_of_bits(dtype, bfloat16_bits(static_cast<float>(value)));
    default: return scalar_as<float>(value);
  }
}

bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

// Converting a number that does not fit is undefined in C++; infinities become the type's ends.
int64_t saturated(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 0x1p63) return std::numeric_limits<int64_t>::max();
  if (value < -0x1p63) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

}  // namespace

Tensor scalar_tensor(double value, DType dtype) {
  if (is_floating(dtype) || dtype == DType::kBool || bits_of(dtype) < 8) return make_scalar(value, dtype);
  return make_scalar(saturated(value), dtype);
}

Tensor scalar_tensor(int64_t value, DType dtype) { return make_scalar(value, dtype); }

std::string Builder::unique_name(std::string_view hint) {
  std::string name(hint);
  if (graph_->find(name) == nullptr) return name;
  int64_t& number = next_number_[name];
  do name = std::string(hint) + "_" + std::to_string(++number);
  while (graph_->find(name) != nullptr);
  return name;
}

std::vector<Value*> Builder::ops(std::string_view op_type, size_t outputs, std::vector<Value*> inputs, Attributes attributes) {
  const std::string name = scope_.empty() ? std::string(op_type) : scope_ + "/" + std::string(op_type);
  std::vector<Value*> results;
  for (size_t i = 0; i < outputs; ++i) {
    results.push_back(graph_->add_value(unique_name(name + "_output")));
    results.back()->dtype = result_dtype(op_type, inputs, attributes, i);
  }
  while (!inputs.empty() && inputs.back() == nullptr) inputs.pop_back();
  Node* node = graph_->append(std::string(op_type), std::move(inputs), results);
  const std::string& first = results.front()->name();  // numbered as its output is
  node->name = name + first.substr(name.size() + std::string_view("_output").size());
  node->attributes = std::move(attributes);
  return results;
}

Value* Builder::op(std::string_view op_type, std::vector<Value*> inputs, Attributes attributes) {
  return ops(op_type, 1, std::move(inputs), std::move(attributes)).front();
}

Value* Builder::small_constant(Tensor tensor) {
  std::string key = std::string(to_string(tensor.dtype())) + to_string(tensor.dims());
  key.append(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.byte_size());
  Value*& value = small_constants_[key];
  if (value == nullptr) value = constant("constant", std::move(tensor));
  return value;
}

Value* Builder::ints(const std::vector<int64_t>& values) {
  return small_constant(Tensor::from(Dims{static_cast<int64_t>(values.size())}, values));
}

Value* Builder::number(double value, DType dtype) { return small_constant(scalar_tensor(value, dtype)); }

Value* Builder::constant_scalar(int64_t value, DType dtype) { return small_constant(scalar_tensor(value, dtype)); }

Value* Builder::constant(std::string_view name_hint, Tensor tensor) {
  Value* value = graph_->add_value(unique_name(name_hint));
  value->set_constant(std::move(tensor));
  return value;
}

Value* Builder::cast(Value* value, DType dtype) {
  if (value->dtype == dtype) return value;
  Value* result = op("Cast", {value}, {{"to", static_cast<int64_t>(dtype)}});
  result->shape = value->shape;
  return result;
}

}  // namespace headrace
