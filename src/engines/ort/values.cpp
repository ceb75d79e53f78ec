#include "engines/ort/values.h"

#include <onnxruntime_cxx_api.h>

#include "engines/shape_memory.h"

namespace headrace::ort {
namespace {

// ONNX Runtime numbers the element types as ONNX does up to the 4-bit ones.
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT == static_cast<int>(DType::kFloat32));
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING == static_cast<int>(DType::kString));
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 == static_cast<int>(DType::kBfloat16));
static_assert(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT4 == static_cast<int>(DType::kInt4));

DType to_dtype(ONNXTensorElementDataType type) {
  return type <= ONNX_TENSOR_ELEMENT_DATA_TYPE_INT4 ? static_cast<DType>(type) : DType::kUndefined;
}
ONNXTensorElementDataType from_dtype(DType dtype) { return static_cast<ONNXTensorElementDataType>(dtype); }

Result<TensorSpec> spec_of(std::string name, const Ort::TypeInfo& type) {
  if (type.GetONNXType() != ONNX_TYPE_TENSOR)
    return unsupported("'" + name + "' is not a tensor but a sequence, map, optional or sparse tensor; remove it from the model");
  const auto info = type.GetTensorTypeAndShapeInfo();
  const std::vector<int64_t> extents = info.GetShape();
  std::vector<const char*> symbols(extents.size(), nullptr);
  info.GetSymbolicDimensions(symbols.data(), symbols.size());
  TensorSpec spec{std::move(name), to_dtype(info.GetElementType()), {}};
  for (size_t i = 0; i < extents.size(); ++i) {
    const bool known = extents[i] >= 0;
    spec.shape.push_back({known ? extents[i] : -1, known || symbols[i] == nullptr ? "" : symbols[i]});
  }
  return spec;
}

Ort::Value wrap_strings(const Tensor& tensor) {
  Ort::AllocatorWithDefaultOptions allocator;
  auto value = Ort::Value::CreateTensor(allocator, tensor.dims().data(), tensor.dims().size(), from_dtype(DType::kString));
  for (size_t i = 0; i < tensor.size(); ++i) {
    const std::string& text = tensor.strings()[i];
    char* buffer = value.GetResizedStringTensorElementBuffer(i, text.size());
    if (!text.empty()) std::memcpy(buffer, text.data(), text.size());
  }
  return value;
}

Ort::Value wrap(const Tensor& tensor, const Ort::MemoryInfo& memory) {
  static std::byte nothing;  // ONNX Runtime wants an address even where there are no bytes
  auto* data = tensor.byte_size() > 0 ? const_cast<std::byte*>(tensor.bytes().data()) : &nothing;
  return Ort::Value::CreateTensor(memory, data, tensor.byte_size(), tensor.dims().data(), tensor.dims().size(),
                                  from_dtype(tensor.dtype()));
}

Tensor copy_strings(const Ort::Value& value, Dims dims, size_t count) {
  std::vector<std::string> strings(count);
  for (size_t i = 0; i < count; ++i) strings[i] = value.GetStringTensorElement(i);
  return Tensor::of_strings(std::move(dims), std::move(strings));
}

}  // namespace

Result<Signature> signature_of(Ort::Session& session) {
  Ort::AllocatorWithDefaultOptions allocator;
  Signature signature;
  for (size_t i = 0; i < session.GetInputCount(); ++i) {
    HEADRACE_TRY(TensorSpec spec, spec_of(session.GetInputNameAllocated(i, allocator).get(), session.GetInputTypeInfo(i)));
    signature.inputs.push_back(std::move(spec));
  }
  for (size_t i = 0; i < session.GetOutputCount(); ++i) {
    HEADRACE_TRY(TensorSpec spec, spec_of(session.GetOutputNameAllocated(i, allocator).get(), session.GetOutputTypeInfo(i)));
    signature.outputs.push_back(std::move(spec));
  }
  return signature;
}

Ort::Value wrap_input(const Tensor& tensor, const Ort::MemoryInfo& memory) {
  return tensor.dtype() == DType::kString ? wrap_strings(tensor) : wrap(tensor, memory);
}

Ort::Value wrap_output(Tensor& tensor, const Ort::MemoryInfo& memory) { return wrap(tensor, memory); }

Status copy_output(const Ort::Value& value, Tensor& tensor) {
  if (!value || !value.IsTensor()) return unsupported("the result is not a tensor");
  const auto info = value.GetTensorTypeAndShapeInfo();
  const DType dtype = to_dtype(info.GetElementType());
  if (dtype == DType::kString) {
    tensor = copy_strings(value, info.GetShape(), info.GetElementCount());
    return Ok{};
  }
  if (bits_of(dtype) == 0) return unsupported("the result is of an element type that Headrace does not know");
  make_writable(tensor, dtype, info.GetShape());
  if (tensor.byte_size() > 0) std::memcpy(tensor.mutable_bytes().data(), value.GetTensorRawData(), tensor.byte_size());
  return Ok{};
}

}  // namespace headrace::ort
