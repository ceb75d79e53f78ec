#include "engines/openvino/convert.h"

#include <array>
#include <openvino/openvino.hpp>
#include <sstream>
#include <utility>

#include "engines/shape_memory.h"

namespace headrace::openvino {
namespace {

using TypePair = std::pair<DType, ov::element::Type_t>;

// String tensors and 4-bit types do not cross: nothing that OpenVINO is measured for has them at its borders.
constexpr std::array<TypePair, 13> kTypes{{{DType::kFloat32, ov::element::f32},
                                           {DType::kUint8, ov::element::u8},
                                           {DType::kInt8, ov::element::i8},
                                           {DType::kUint16, ov::element::u16},
                                           {DType::kInt16, ov::element::i16},
                                           {DType::kInt32, ov::element::i32},
                                           {DType::kInt64, ov::element::i64},
                                           {DType::kBool, ov::element::boolean},
                                           {DType::kFloat16, ov::element::f16},
                                           {DType::kFloat64, ov::element::f64},
                                           {DType::kUint32, ov::element::u32},
                                           {DType::kUint64, ov::element::u64},
                                           {DType::kBfloat16, ov::element::bf16}}};

DType to_dtype(const ov::element::Type& type) {
  for (const auto& [dtype, other] : kTypes)
    if (type == other) return dtype;
  return DType::kUndefined;
}

ov::element::Type from_dtype(DType dtype) {
  for (const auto& [ours, type] : kTypes)
    if (ours == dtype) return type;
  return ov::element::dynamic;
}

Result<TensorSpec> spec_of(std::string name, const ov::element::Type& type, const ov::PartialShape& shape) {
  TensorSpec spec{std::move(name), to_dtype(type), {}};
  if (spec.dtype == DType::kUndefined)
    return unsupported("'" + spec.name + "' is of OpenVINO's element type " + type.get_type_name() +
                       ", which Headrace does not pass on");
  if (shape.rank().is_dynamic()) return unsupported("'" + spec.name + "' has no known rank");
  for (const ov::Dimension& dim : shape) spec.shape.push_back({dim.is_static() ? dim.get_length() : -1, {}});
  return spec;
}

// An output tensor may carry several names (those of no-ops behind it as well); the result node tells which one the file means.
std::string output_name(const ov::Output<const ov::Node>& output) {
  const std::string result = output.get_node()->get_friendly_name();
  const std::string name = result.substr(0, result.rfind("/sink_port_"));
  if (output.get_names().contains(name)) return name;
  return output.get_names().empty() ? name : output.get_any_name();
}

// OpenVINO's messages run over several lines and begin with where in its sources they arose: what is left is what went wrong.
std::string tidy(const std::string& message) {
  std::istringstream lines(message);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const bool source_place = line.find(" failed at src/") != std::string::npos || line.starts_with("Exception from ");
    if (line.empty() || source_place || line.starts_with("FrontEnd API failed with")) continue;
    text += (text.empty() ? "" : " ") + line;
  }
  return text.empty() ? message : text;
}

}  // namespace

Result<Signature> signature_of(const ov::Model& model) {
  Signature signature;
  for (const auto& input : model.inputs()) {
    const std::string name = input.get_names().empty() ? input.get_node()->get_friendly_name() : input.get_any_name();
    HEADRACE_TRY(TensorSpec spec, spec_of(name, input.get_element_type(), input.get_partial_shape()));
    signature.inputs.push_back(std::move(spec));
  }
  for (const auto& output : model.outputs()) {
    HEADRACE_TRY(TensorSpec spec, spec_of(output_name(output), output.get_element_type(), output.get_partial_shape()));
    signature.outputs.push_back(std::move(spec));
  }
  return signature;
}

ov::Tensor wrap(const Tensor& tensor) {
  static std::byte nothing;  // OpenVINO wants an address even where there are no bytes
  auto* data = tensor.byte_size() > 0 ? const_cast<std::byte*>(tensor.bytes().data()) : &nothing;
  return ov::Tensor(from_dtype(tensor.dtype()), ov::Shape(tensor.dims().begin(), tensor.dims().end()), data);
}

Status copy_output(const ov::Tensor& value, Tensor& tensor) {
  const DType dtype = to_dtype(value.get_element_type());
  if (dtype == DType::kUndefined) return unsupported("the result is of an element type that Headrace does not pass on");
  const ov::Shape shape = value.get_shape();
  make_writable(tensor, dtype, Dims(shape.begin(), shape.end()));
  if (tensor.byte_size() > 0) std::memcpy(tensor.mutable_bytes().data(), value.data(), tensor.byte_size());
  return Ok{};
}

Error exception_to_error(const std::string& doing, ErrorCode otherwise) {
  const std::string what = "OpenVINO could not " + doing + ": ";
  try {
    throw;
  } catch (const ov::NotImplemented& e) {
    return unsupported(what + tidy(e.what()));
  } catch (const std::bad_alloc&) {
    return io_error(what + "out of memory");
  } catch (const std::exception& e) {
    return {otherwise, what + tidy(e.what()), {}};
  } catch (...) {
    return {otherwise, what + "it threw something unknown", {}};
  }
}

}  // namespace headrace::openvino
