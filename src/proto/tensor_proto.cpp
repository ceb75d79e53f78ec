#include "proto/tensor_proto.h"

#include <algorithm>
#include <memory>

#include "onnx/onnx_pb.h"

namespace headrace {
namespace {

Result<Dims> checked_dims(const onnx::TensorProto& proto) {
  Dims dims(proto.dims().begin(), proto.dims().end());
  HEADRACE_CHECK(element_count(dims));
  return dims;
}

Error size_error(DType dtype, const Dims& dims, int stored, const char* field) {
  return invalid_model("a tensor of type " + std::string(to_string(dtype)) + " and shape " + to_string(dims) +
                       " does not fit its " + std::to_string(stored) + " entries of " + field);
}

// Typed fields: `fields` numbers, each stored as `Stored` in the tensor's bytes.
template <typename Stored, typename Fields>
Result<Tensor> from_fields(DType dtype, Dims dims, const Fields& fields, const char* name) {
  HEADRACE_TRY(const int64_t count, element_count(dims));
  const auto stored = static_cast<size_t>(fields.size());
  if (count > (int64_t{1} << 56) || bytes_for(dtype, static_cast<size_t>(count)) != stored * sizeof(Stored))
    return size_error(dtype, dims, fields.size(), name);
  Tensor tensor = Tensor::allocate(dtype, std::move(dims));
  auto* out = reinterpret_cast<Stored*>(tensor.mutable_bytes().data());
  std::transform(fields.begin(), fields.end(), out, [](auto value) { return static_cast<Stored>(value); });
  return tensor;
}

Result<Tensor> from_typed_data(const onnx::TensorProto& proto, DType dtype, Dims dims) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64: return from_fields<float>(dtype, std::move(dims), proto.float_data(), "float_data");
    case DType::kFloat64:
    case DType::kComplex128: return from_fields<double>(dtype, std::move(dims), proto.double_data(), "double_data");
    case DType::kInt64: return from_fields<int64_t>(dtype, std::move(dims), proto.int64_data(), "int64_data");
    case DType::kUint64: return from_fields<uint64_t>(dtype, std::move(dims), proto.uint64_data(), "uint64_data");
    case DType::kUint32: return from_fields<uint32_t>(dtype, std::move(dims), proto.uint64_data(), "uint64_data");
    case DType::kInt32: return from_fields<int32_t>(dtype, std::move(dims), proto.int32_data(), "int32_data");
    case DType::kFloat6E2M3:
    case DType::kFloat6E3M2: return unsupported("6-bit floats in int32_data are not read; save the tensor as raw_data");
    default: break;
  }
  if (bits_of(dtype) == 16) return from_fields<uint16_t>(dtype, std::move(dims), proto.int32_data(), "int32_data");
  return from_fields<uint8_t>(dtype, std::move(dims), proto.int32_data(), "int32_data");  // 8 bits, or packed 4 and 2 bits
}

Result<Tensor> from_strings(const onnx::TensorProto& proto, Dims dims) {
  HEADRACE_TRY(const int64_t count, element_count(dims));
  if (count != proto.string_data_size()) return size_error(DType::kString, dims, proto.string_data_size(), "string_data");
  return Tensor::of_strings(std::move(dims), {proto.string_data().begin(), proto.string_data().end()});
}

// The message's own string becomes the tensor's storage.
Result<Tensor> from_raw_data(onnx::TensorProto& proto, DType dtype, Dims dims) {
  const std::shared_ptr<const std::string> bytes(proto.release_raw_data());
  return Tensor::wrap(dtype, std::move(dims), bytes, reinterpret_cast<const std::byte*>(bytes->data()), bytes->size());
}

Result<Tensor> take_data(onnx::TensorProto& proto, DType dtype, Dims dims, ExternalData& external) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) return external.load(proto, dtype, std::move(dims));
  if (dtype == DType::kString) return from_strings(proto, std::move(dims));
  if (proto.has_raw_data()) return from_raw_data(proto, dtype, std::move(dims));
  return from_typed_data(proto, dtype, std::move(dims));
}

// A bool that is neither 0 nor 1 is undefined behaviour for whoever reads it.
Status check_bools(const Tensor& tensor) {
  if (tensor.dtype() != DType::kBool) return Ok{};
  const auto bytes = tensor.bytes();
  if (std::all_of(bytes.begin(), bytes.end(), [](std::byte byte) { return byte <= std::byte{1}; })) return Ok{};
  return invalid_model("a tensor of type bool holds a byte that is neither 0 nor 1");
}

}  // namespace

Result<Tensor> take_tensor(onnx::TensorProto& proto, ExternalData& external) {
  const auto dtype = static_cast<DType>(proto.data_type());
  if (proto.data_type() == 0) return invalid_model("a tensor has no data type");
  if (to_string(dtype) == to_string(DType::kUndefined))
    return unsupported("data type number " + std::to_string(proto.data_type()) + " is not known to this build");
  if (proto.has_segment()) return unsupported("a tensor stored in segments");
  HEADRACE_TRY(Dims dims, checked_dims(proto));
  HEADRACE_TRY(Tensor tensor, take_data(proto, dtype, std::move(dims), external));
  HEADRACE_CHECK(check_bools(tensor));
  return tensor;
}

void describe_tensor(const Tensor& tensor, onnx::TensorProto& proto) {
  proto.set_data_type(static_cast<int32_t>(tensor.dtype()));
  proto.mutable_dims()->Assign(tensor.dims().begin(), tensor.dims().end());
}

void store_tensor(const Tensor& tensor, onnx::TensorProto& proto) {
  describe_tensor(tensor, proto);
  if (tensor.dtype() == DType::kString) {
    for (const std::string& text : tensor.strings()) proto.add_string_data(text);
  } else {
    proto.set_raw_data(tensor.bytes().data(), tensor.byte_size());
  }
}

}  // namespace headrace
