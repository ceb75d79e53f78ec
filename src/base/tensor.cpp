#include "base/tensor.h"

#include <cstdlib>
#include <new>

#include "base/float16.h"

namespace headrace {
namespace {

constexpr size_t kAlignment = 64;

size_t count_of(const Dims& dims) {
  size_t count = 1;
  for (const int64_t extent : dims) count *= static_cast<size_t>(extent);
  return count;
}

template <typename To, typename From>
std::vector<To> convert(const Tensor& tensor) {
  const auto values = tensor.as<From>();
  std::vector<To> out;
  out.reserve(values.size());
  for (const From value : values) out.push_back(static_cast<To>(value));
  return out;
}

std::vector<float> convert_16(const Tensor& tensor, float (*widen)(uint16_t)) {
  std::vector<float> out(tensor.size());
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, tensor.bytes().data() + 2 * i, 2);
    out[i] = widen(bits);
  }
  return out;
}

}  // namespace

Tensor Tensor::allocate(DType dtype, Dims dims) {
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.size_ = count_of(dims);
  tensor.dims_ = std::move(dims);
  tensor.bytes_ = bytes_for(dtype, tensor.size_);
  const size_t rounded = (tensor.bytes_ + kAlignment - 1) / kAlignment * kAlignment;
  void* data = std::aligned_alloc(kAlignment, rounded > 0 ? rounded : kAlignment);
  if (data == nullptr) throw std::bad_alloc();
  tensor.owner_ = std::shared_ptr<const void>(data, [](void* pointer) { std::free(pointer); });
  tensor.data_ = static_cast<const std::byte*>(data);
  tensor.allocated_ = true;
  return tensor;
}

Result<Tensor> Tensor::wrap(DType dtype, Dims dims, std::shared_ptr<const void> owner, const std::byte* data, size_t bytes) {
  HEADRACE_TRY(const int64_t count, element_count(dims));
  if (bits_of(dtype) == 0) return invalid_model("a tensor of type " + std::string(to_string(dtype)) + " has no raw bytes");
  if (count > (int64_t{1} << 56) || bytes_for(dtype, static_cast<size_t>(count)) != bytes)
    return invalid_model("a tensor of type " + std::string(to_string(dtype)) + " and shape " + to_string(dims) +
                         " does not fit its " + std::to_string(bytes) + " bytes of data");
  if (reinterpret_cast<uintptr_t>(data) % 8 != 0) {  // typed access needs aligned bytes; files promise nothing
    Tensor copy = allocate(dtype, std::move(dims));
    if (bytes > 0) std::memcpy(copy.mutable_bytes().data(), data, bytes);
    return copy;
  }
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.dims_ = std::move(dims);
  tensor.size_ = static_cast<size_t>(count);
  tensor.bytes_ = bytes;
  tensor.data_ = data;
  tensor.owner_ = std::move(owner);
  return tensor;
}

Tensor Tensor::of_strings(Dims dims, std::vector<std::string> values) {
  Tensor tensor;
  tensor.dtype_ = DType::kString;
  tensor.size_ = count_of(dims);
  tensor.dims_ = std::move(dims);
  assert(values.size() == tensor.size_);
  tensor.strings_ = std::make_shared<const std::vector<std::string>>(std::move(values));
  return tensor;
}

Tensor Tensor::reshaped(Dims dims) const {
  assert(count_of(dims) == size_);
  Tensor tensor = *this;
  tensor.dims_ = std::move(dims);
  return tensor;
}

Tensor Tensor::clone() const {
  if (dtype_ == DType::kString || !defined()) return *this;  // strings are immutable
  Tensor copy = allocate(dtype_, dims_);
  if (bytes_ > 0) std::memcpy(copy.mutable_bytes().data(), data_, bytes_);
  return copy;
}

bool Tensor::same_bits(const Tensor& other) const {
  if (dtype_ != other.dtype_ || dims_ != other.dims_) return false;
  if (dtype_ == DType::kString) return strings() == other.strings();
  return bytes_ == other.bytes_ && (bytes_ == 0 || std::memcmp(data_, other.data_, bytes_) == 0);
}

Result<std::vector<float>> to_float_vector(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::kFloat32: return convert<float, float>(tensor);
    case DType::kFloat64: return convert<float, double>(tensor);
    case DType::kInt8: return convert<float, int8_t>(tensor);
    case DType::kUint8: return convert<float, uint8_t>(tensor);
    case DType::kInt16: return convert<float, int16_t>(tensor);
    case DType::kUint16: return convert<float, uint16_t>(tensor);
    case DType::kInt32: return convert<float, int32_t>(tensor);
    case DType::kUint32: return convert<float, uint32_t>(tensor);
    case DType::kInt64: return convert<float, int64_t>(tensor);
    case DType::kUint64: return convert<float, uint64_t>(tensor);
    case DType::kBool: return convert<float, bool>(tensor);
    case DType::kFloat16: return convert_16(tensor, float16_to_float);
    case DType::kBfloat16: return convert_16(tensor, bfloat16_to_float);
    default: return unsupported("values of type " + std::string(to_string(tensor.dtype())) + " cannot be read as float32");
  }
}

Result<std::vector<int64_t>> to_int64_vector(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::kInt8: return convert<int64_t, int8_t>(tensor);
    case DType::kUint8: return convert<int64_t, uint8_t>(tensor);
    case DType::kInt16: return convert<int64_t, int16_t>(tensor);
    case DType::kUint16: return convert<int64_t, uint16_t>(tensor);
    case DType::kInt32: return convert<int64_t, int32_t>(tensor);
    case DType::kUint32: return convert<int64_t, uint32_t>(tensor);
    case DType::kInt64: return convert<int64_t, int64_t>(tensor);
    case DType::kUint64: return convert<int64_t, uint64_t>(tensor);
    case DType::kBool: return convert<int64_t, bool>(tensor);
    default: return unsupported("values of type " + std::string(to_string(tensor.dtype())) + " cannot be read as integers");
  }
}

}  // namespace headrace
