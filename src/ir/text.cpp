#include "ir/text.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>

namespace headrace {
namespace {

constexpr size_t kShownValues = 8;

template <typename... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, pattern, arguments...);
  return buffer;
}

std::string number(float value) { return format("%.6g", static_cast<double>(value)); }
std::string number(int64_t value) { return std::to_string(value); }

std::string quoted(const std::string& text) { return '"' + text + '"'; }

template <typename T, typename Show>
std::string list(const std::vector<T>& items, const Show& show) {
  std::string text = "[";
  for (const T& item : items) text += (text.size() > 1 ? ", " : "") + show(item);
  return text + "]";
}

template <typename T>
std::string first_values(const std::vector<T>& values) {
  std::string text = "{";
  for (size_t i = 0; i < std::min(values.size(), kShownValues); ++i) text += (i > 0 ? ", " : "") + number(values[i]);
  return text + (values.size() > kShownValues ? ", ...}" : "}");
}

Tensor head_of(const Tensor& tensor) {  // enough elements to show, so that a large tensor is not converted whole
  const size_t count = std::min(tensor.size(), kShownValues + 1);
  const size_t bytes = bytes_for(tensor.dtype(), count);
  Tensor head = Tensor::allocate(tensor.dtype(), {static_cast<int64_t>(count)});
  std::copy_n(tensor.bytes().begin(), bytes, head.mutable_bytes().begin());
  return head;
}

std::string tensor_text(const Tensor& tensor) {
  if (tensor.dtype() == DType::kString) return list(tensor.strings(), quoted);
  const auto checksum = crc32_z(0, reinterpret_cast<const Bytef*>(tensor.bytes().data()), tensor.byte_size());
  std::string values = "{...}";
  if (bits_of(tensor.dtype()) >= 8) {
    const Tensor head = head_of(tensor);
    if (auto integers = to_int64_vector(head); integers.ok()) values = first_values(*integers);
    else if (auto floats = to_float_vector(head); floats.ok()) values = first_values(*floats);
  }
  return values + format(" #%08lx", static_cast<unsigned long>(checksum));
}

std::string type_text(const Value& value) {
  if (!value.opaque_type.empty()) return "opaque";
  return std::string(to_string(value.dtype)) + (value.shape ? to_string(*value.shape) : "[...]");
}

struct AttributeText {
  std::string operator()(int64_t value) const { return number(value); }
  std::string operator()(float value) const { return number(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const std::vector<int64_t>& v) const {
    return list(v, [](int64_t x) { return number(x); });
  }
  std::string operator()(const std::vector<float>& v) const {
    return list(v, [](float x) { return number(x); });
  }
  std::string operator()(const std::vector<std::string>& v) const { return list(v, quoted); }
  std::string operator()(const Tensor& tensor) const {
    return std::string(to_string(tensor.dtype())) + to_string(tensor.dims()) + " " + tensor_text(tensor);
  }
  std::string operator()(const OpaqueAttribute& opaque) const {
    return (opaque.is_graph ? "subgraph, " : "") + std::to_string(opaque.bytes.size()) + " bytes";
  }
};

std::string node_text(const Node& node) {
  std::string text = "  ";
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    const Value* value = node.outputs()[i];
    text += (i > 0 ? ", " : "") + (value == nullptr ? std::string("_") : value->name() + ": " + type_text(*value));
  }
  text += " = " + (node.domain.empty() ? "" : node.domain + ".") + node.op_type + "(";
  for (size_t i = 0; i < node.inputs().size(); ++i)
    text += (i > 0 ? ", " : "") + (node.inputs()[i] == nullptr ? std::string("_") : node.inputs()[i]->name());
  text += ")";
  if (!node.attributes.empty()) {
    std::string attributes;
    for (const auto& [key, value] : node.attributes)
      attributes += (attributes.empty() ? "" : ", ") + key + "=" + std::visit(AttributeText{}, value);
    text += " {" + attributes + "}";
  }
  for (const auto& [key, value] : node.annotations) text += " @" + key + "=" + value;
  return text + "\n";
}

}  // namespace

std::string to_text(const Model& model) {
  std::string text = "graph " + model.graph->name;
  for (const auto& [domain, version] : model.opsets)
    text += " opset " + (domain.empty() ? "" : domain + " ") + std::to_string(version);
  text += "\n";
  for (const Value* value : model.graph->inputs()) text += "  input " + value->name() + ": " + type_text(*value) + "\n";
  for (const auto& value : model.graph->values())
    if (value->is_constant())
      text += "  const " + value->name() + ": " + type_text(*value) + " = " + tensor_text(value->constant()) + "\n";
  for (const auto& node : model.graph->nodes()) text += node_text(*node);
  for (const Value* value : model.graph->outputs()) text += "  output " + value->name() + ": " + type_text(*value) + "\n";
  return text;
}

}  // namespace headrace
