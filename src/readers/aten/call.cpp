#include "readers/aten/call.h"

#include <algorithm>
#include <array>

#include "readers/pt2/dtype.h"

namespace headrace::aten {
namespace {

using pt2::Argument;

// They tell where and how a tensor lies in memory, which ONNX does not; or how the op is computed, not what.
constexpr std::array<std::string_view, 14> kHarmless = {
    "device", "layout",        "pin_memory", "memory_format", "non_blocking", "requires_grad", "copy",
    "names",  "cudnn_enabled", "benchmark",  "deterministic", "allow_tf32",   "generator",     "implicit"};

Error wrong_kind(std::string_view name, std::string_view expected) {
  return invalid_model("the argument '" + std::string(name) + "' is not " + std::string(expected));
}

}  // namespace

void refuse(std::string message) { throw Refused{unsupported(std::move(message))}; }
void malformed(std::string message) { throw Refused{invalid_model(std::move(message))}; }

const Argument* Call::find(std::string_view name) const {
  for (const pt2::NamedArgument& input : node_->inputs) {
    if (input.name != name) continue;
    asked_.insert(input.name);
    return std::holds_alternative<pt2::None>(input.value) ? nullptr : &input.value;
  }
  return nullptr;
}

const Argument& Call::need(std::string_view name) const {
  const Argument* argument = find(name);
  if (argument == nullptr) malformed("the argument '" + std::string(name) + "' is missing");
  return *argument;
}

bool Call::has(std::string_view name) const {
  const Argument* argument = find(name);
  if (argument == nullptr) return false;
  const auto* tensor = std::get_if<pt2::TensorName>(argument);
  return tensor == nullptr || !tensor->name.empty();
}

bool Call::is_tensor(std::string_view name) const {
  const Argument* argument = find(name);
  return argument != nullptr && std::holds_alternative<pt2::TensorName>(*argument);
}

Value* Call::tensor(std::string_view name) {
  const auto* tensor = std::get_if<pt2::TensorName>(&need(name));
  if (tensor == nullptr) throw Refused{wrong_kind(name, "a tensor")};
  return names_->tensor(tensor->name);
}

Value* Call::optional_tensor(std::string_view name) { return has(name) ? tensor(name) : nullptr; }

std::vector<Value*> Call::optional_tensors(std::string_view name) {
  const auto* list = std::get_if<pt2::TensorNames>(&need(name));
  if (list == nullptr) {  // an empty list has no type of its own
    const auto* empty = std::get_if<std::vector<pt2::Integer>>(&need(name));
    if (empty != nullptr && empty->empty()) return {};
    throw Refused{wrong_kind(name, "a list of tensors")};
  }
  std::vector<Value*> values;
  for (const std::string& tensor : list->names) values.push_back(tensor.empty() ? nullptr : names_->tensor(tensor));
  return values;
}

std::vector<Value*> Call::tensors(std::string_view name) {
  std::vector<Value*> values = optional_tensors(name);
  if (std::find(values.begin(), values.end(), nullptr) != values.end()) throw Refused{wrong_kind(name, "a list of tensors")};
  return values;
}

Size Call::size_of(const pt2::Integer& integer) {
  return integer.name.empty() ? Size::known(integer.value) : names_->size(integer.name);
}

Size Call::size(std::string_view name) {
  const Argument& argument = need(name);
  if (const auto* integer = std::get_if<pt2::Integer>(&argument)) return size_of(*integer);
  if (const auto* flag = std::get_if<bool>(&argument)) return Size::known(*flag ? 1 : 0);
  throw Refused{wrong_kind(name, "an integer")};
}

Size Call::size(std::string_view name, int64_t otherwise) { return has(name) ? size(name) : Size::known(otherwise); }

std::vector<Size> Call::sizes(std::string_view name) {
  const Argument& argument = need(name);
  const auto* list = std::get_if<std::vector<pt2::Integer>>(&argument);
  if (list == nullptr) return {size(name)};
  std::vector<Size> sizes;
  for (const pt2::Integer& integer : *list) sizes.push_back(size_of(integer));
  return sizes;
}

int64_t Call::integer(std::string_view name) {
  const auto constant = size(name).constant();
  if (!constant) refuse("the argument '" + std::string(name) + "' is known at run time alone, and must be a constant");
  return *constant;
}

int64_t Call::integer(std::string_view name, int64_t otherwise) { return has(name) ? integer(name) : otherwise; }

Ints Call::ints(std::string_view name) {
  Ints values;
  for (const Size& size : sizes(name)) {
    if (!size.constant()) refuse("the argument '" + std::string(name) + "' is known at run time alone, and must be constant");
    values.push_back(*size.constant());
  }
  return values;
}

Ints Call::ints(std::string_view name, Ints otherwise) {
  if (!has(name)) return otherwise;
  Ints values = ints(name);
  return values.empty() ? otherwise : values;
}

double Call::real(std::string_view name) {
  const Argument& argument = need(name);
  if (const auto* real = std::get_if<pt2::Real>(&argument)) {
    if (!real->name.empty())
      refuse("the argument '" + std::string(name) + "' is known at run time alone, and must be a constant");
    return real->value;
  }
  return static_cast<double>(integer(name));
}

double Call::real(std::string_view name, double otherwise) { return has(name) ? real(name) : otherwise; }

std::vector<double> Call::reals(std::string_view name) {
  std::vector<double> values;
  if (const auto* list = std::get_if<std::vector<pt2::Real>>(&need(name))) {
    for (const pt2::Real& real : *list) {
      if (!real.name.empty()) refuse("the argument '" + std::string(name) + "' is known at run time alone, and must be constant");
      values.push_back(real.value);
    }
    return values;
  }
  if (std::holds_alternative<pt2::Real>(need(name))) return {real(name)};
  for (const int64_t value : ints(name)) values.push_back(static_cast<double>(value));
  return values;
}

bool Call::flag(std::string_view name, bool otherwise) {
  const Argument* argument = find(name);
  if (argument == nullptr) return otherwise;
  if (const auto* flag = std::get_if<bool>(argument)) return *flag;
  return integer(name) != 0;
}

std::string Call::text(std::string_view name, std::string otherwise) {
  const Argument* argument = find(name);
  if (argument == nullptr) return otherwise;
  const auto* text = std::get_if<std::string>(argument);
  if (text == nullptr) throw Refused{wrong_kind(name, "a text")};
  return *text;
}

std::optional<DType> Call::dtype(std::string_view name) {
  const Argument* argument = find(name);
  if (argument == nullptr) return std::nullopt;
  const auto* type = std::get_if<pt2::ScalarType>(argument);
  if (type == nullptr) throw Refused{wrong_kind(name, "a dtype")};
  const DType dtype = pt2::dtype_of_scalar_type(type->number);
  if (dtype == DType::kUndefined)
    refuse("tensors of PyTorch's scalar type " + std::to_string(type->number) + " (complex?) are not read");
  return dtype;
}

Value* Call::operand(std::string_view name, DType dtype) {
  const Argument& argument = need(name);
  if (std::holds_alternative<pt2::TensorName>(argument)) return b.cast(tensor(name), dtype);
  if (const auto* flag = std::get_if<bool>(&argument)) return b.number(*flag ? 1 : 0, dtype);
  if (std::holds_alternative<pt2::Real>(argument)) return b.number(real(name), dtype);
  const Size number = size(name);
  if (number.constant()) return b.constant_scalar(*number.constant(), dtype);
  return b.cast(b.op("Squeeze", {number.emit(b), b.ints({0})}), dtype);
}

void Call::ignore(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) asked_.emplace(name);
}

std::vector<std::string> Call::output_names(const pt2::Node& node) {
  std::vector<std::string> names;
  for (const Argument& output : node.outputs) {
    if (const auto* tensor = std::get_if<pt2::TensorName>(&output)) names.push_back(tensor->name);
    else if (const auto* list = std::get_if<pt2::TensorNames>(&output))
      names.insert(names.end(), list->names.begin(), list->names.end());
    else names.emplace_back();
  }
  return names;
}

size_t Call::output_count() const { return output_names(*node_).size(); }

const pt2::TensorMeta& Call::meta(size_t output) const {
  const std::vector<std::string> names = output_names(*node_);
  if (output >= names.size() || names[output].empty()) malformed("it has no output number " + std::to_string(output));
  return names_->meta(names[output]);
}

std::string Call::result_expression() const {
  for (const Argument& output : node_->outputs)
    if (const auto* integer = std::get_if<pt2::Integer>(&output)) return names_->expression(integer->name);
  return {};
}

std::vector<std::string> Call::arguments_left() const {
  std::vector<std::string> left;
  for (const pt2::NamedArgument& input : node_->inputs) {
    const bool harmless = std::find(kHarmless.begin(), kHarmless.end(), input.name) != kHarmless.end();
    if (!harmless && !asked_.contains(input.name) && !std::holds_alternative<pt2::None>(input.value)) left.push_back(input.name);
  }
  return left;
}

}  // namespace headrace::aten
