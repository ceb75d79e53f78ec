#include "serve/wire.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/little_endian.h"

namespace headrace::serve {
namespace {

constexpr std::array<std::pair<DType, std::string_view>, 14> kDatatypes{{{DType::kFloat32, "FP32"},
                                                                         {DType::kUint8, "UINT8"},
                                                                         {DType::kInt8, "INT8"},
                                                                         {DType::kInt64, "INT64"},
                                                                         {DType::kInt32, "INT32"},
                                                                         {DType::kBool, "BOOL"},
                                                                         {DType::kString, "BYTES"},
                                                                         {DType::kFloat16, "FP16"},
                                                                         {DType::kFloat64, "FP64"},
                                                                         {DType::kBfloat16, "BF16"},
                                                                         {DType::kUint16, "UINT16"},
                                                                         {DType::kInt16, "INT16"},
                                                                         {DType::kUint32, "UINT32"},
                                                                         {DType::kUint64, "UINT64"}}};

constexpr size_t kLengthBytes = 4;

Error wrong_size(DType dtype, const Dims& dims, size_t want, size_t given) {
  return invalid_argument("a " + std::string(datatype_of(dtype)) + " tensor of shape " + to_string(dims) + " has " +
                          std::to_string(want) + " bytes, " + std::to_string(given) + " were sent");
}

Result<Tensor> strings_of_raw(Dims dims, size_t count, std::span<const std::byte> raw) {
  if (count > raw.size() / kLengthBytes)  // before anything of that size is made
    return invalid_argument("a BYTES tensor of shape " + to_string(dims) + " has a length of 4 bytes for each element, " +
                            std::to_string(raw.size()) + " bytes were sent");
  std::vector<std::string> values;
  values.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const std::optional<uint32_t> length = read_le<uint32_t>(raw, 0);
    if (!length || *length > raw.size() - kLengthBytes)
      return invalid_argument("element " + std::to_string(i) + " of a BYTES tensor ends beyond the bytes that were sent");
    values.emplace_back(reinterpret_cast<const char*>(raw.data()) + kLengthBytes, *length);
    raw = raw.subspan(kLengthBytes + *length);
  }
  if (!raw.empty())
    return invalid_argument(std::to_string(raw.size()) + " bytes are left over behind the elements of a BYTES tensor of shape " +
                            to_string(dims));
  return Tensor::of_strings(std::move(dims), std::move(values));
}

bool aligned(const std::byte* data, DType dtype) {
  const size_t alignment = static_cast<size_t>(bits_of(dtype)) / 8;
  return reinterpret_cast<uintptr_t>(data) % alignment == 0;
}

}  // namespace

std::string_view datatype_of(DType dtype) {
  for (const auto& [type, name] : kDatatypes)
    if (type == dtype) return name;
  return {};
}

std::optional<DType> dtype_of_datatype(std::string_view datatype) {
  for (const auto& [type, name] : kDatatypes)
    if (name == datatype) return type;
  return std::nullopt;
}

Result<Tensor> tensor_of_raw(DType dtype, Dims dims, std::shared_ptr<const void> owner, std::span<const std::byte> raw) {
  if (datatype_of(dtype).empty()) return invalid_argument("the protocol has no tensors of " + std::string(to_string(dtype)));
  const Result<int64_t> count = element_count(dims);
  if (!count) return invalid_argument(count.error().message);
  if (dtype == DType::kString) return strings_of_raw(std::move(dims), static_cast<size_t>(*count), raw);
  const size_t element = static_cast<size_t>(bits_of(dtype)) / 8;
  if (raw.size() / element != static_cast<size_t>(*count) || raw.size() % element != 0)
    return wrong_size(dtype, dims, static_cast<size_t>(*count) * element, raw.size());
  if (raw.empty() || aligned(raw.data(), dtype))
    return Tensor::wrap(dtype, std::move(dims), std::move(owner), raw.data(), raw.size());
  Tensor tensor = Tensor::allocate(dtype, std::move(dims));
  std::memcpy(tensor.mutable_bytes().data(), raw.data(), raw.size());
  return tensor;
}

Status TensorMemory::take(DType dtype, const Dims& dims) {
  const size_t element = dtype == DType::kString ? sizeof(std::string) : static_cast<size_t>(bits_of(dtype)) / 8;
  const Result<int64_t> count = element_count(dims);
  if (!count) return invalid_argument(count.error().message);
  if (element == 0 || static_cast<size_t>(*count) <= left_ / element) {
    left_ -= static_cast<size_t>(*count) * element;
    return Ok{};
  }
  return invalid_argument("the tensors of the request take more memory than the " + std::to_string(most_) +
                          " bytes that it may have: one of shape " + to_string(dims) + " has " + std::to_string(element) +
                          " for each element");
}

size_t raw_size(const Tensor& tensor) {
  if (tensor.dtype() != DType::kString) return tensor.byte_size();
  size_t size = 0;
  for (const std::string& value : tensor.strings()) size += kLengthBytes + value.size();
  return size;
}

void append_raw(const Tensor& tensor, std::string& raw) {
  if (tensor.dtype() != DType::kString) {
    raw.append(reinterpret_cast<const char*>(tensor.bytes().data()), tensor.byte_size());
    return;
  }
  for (const std::string& value : tensor.strings()) {
    append_le(raw, static_cast<uint32_t>(value.size()));
    raw += value;
  }
}

}  // namespace headrace::serve
