#include "serve/grpc/typed_contents.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "serve/wire.h"

namespace headrace::serve {
namespace {

using Contents = inference::InferTensorContents;

// Elements in all fields.
size_t total(const Contents& contents) {
  const int elements[] = {contents.bool_contents_size(), contents.int_contents_size(),    contents.int64_contents_size(),
                          contents.uint_contents_size(), contents.uint64_contents_size(), contents.fp32_contents_size(),
                          contents.fp64_contents_size(), contents.bytes_contents_size()};
  size_t sum = 0;
  for (const int count : elements) sum += static_cast<size_t>(count);
  return sum;
}

// The field is the only one that is set, and holds as many elements as the shape asks for.
Status check_count(const Contents& contents, std::string_view field, int given, DType dtype, const Dims& dims) {
  const std::string tensor = "a " + std::string(datatype_of(dtype)) + " tensor of shape " + to_string(dims);
  if (total(contents) != static_cast<size_t>(given))
    return invalid_argument(tensor + " takes its elements from " + std::string(field) + " alone, and others are set");
  const Result<int64_t> want = element_count(dims);
  if (!want) return invalid_argument(want.error().message);
  if (*want == given) return Ok{};
  return invalid_argument(tensor + " has " + std::to_string(*want) + " elements, " + std::string(field) + " holds " +
                          std::to_string(given));
}

// One field of the message, as a tensor of T.
template <typename T, typename Field>
Result<Tensor> convert(const Contents& contents, std::string_view name, const Field& field, DType dtype, Dims dims) {
  HEADRACE_CHECK(check_count(contents, name, field.size(), dtype, dims));
  Tensor tensor = Tensor::allocate(dtype, std::move(dims));
  T* out = tensor.as_mutable<T>().data();
  for (const auto value : field) {
    if constexpr (sizeof(T) < sizeof(value) && !std::is_floating_point_v<T>)
      if (!std::in_range<T>(value))
        return invalid_argument(std::to_string(value) + " in " + std::string(name) + " is out of the range of " +
                                std::string(datatype_of(dtype)));
    *out++ = static_cast<T>(value);
  }
  return tensor;
}

Result<Tensor> strings(const Contents& contents, Dims dims) {
  HEADRACE_CHECK(check_count(contents, "bytes_contents", contents.bytes_contents_size(), DType::kString, dims));
  const auto& values = contents.bytes_contents();
  return Tensor::of_strings(std::move(dims), std::vector<std::string>(values.begin(), values.end()));
}

}  // namespace

bool has_contents(const Contents& contents) { return total(contents) != 0; }

Result<Tensor> tensor_of_contents(DType dtype, Dims dims, const Contents& contents) {
  switch (dtype) {
    case DType::kBool: return convert<bool>(contents, "bool_contents", contents.bool_contents(), dtype, std::move(dims));
    case DType::kInt8: return convert<int8_t>(contents, "int_contents", contents.int_contents(), dtype, std::move(dims));
    case DType::kInt16: return convert<int16_t>(contents, "int_contents", contents.int_contents(), dtype, std::move(dims));
    case DType::kInt32: return convert<int32_t>(contents, "int_contents", contents.int_contents(), dtype, std::move(dims));
    case DType::kInt64: return convert<int64_t>(contents, "int64_contents", contents.int64_contents(), dtype, std::move(dims));
    case DType::kUint8: return convert<uint8_t>(contents, "uint_contents", contents.uint_contents(), dtype, std::move(dims));
    case DType::kUint16: return convert<uint16_t>(contents, "uint_contents", contents.uint_contents(), dtype, std::move(dims));
    case DType::kUint32: return convert<uint32_t>(contents, "uint_contents", contents.uint_contents(), dtype, std::move(dims));
    case DType::kUint64:
      return convert<uint64_t>(contents, "uint64_contents", contents.uint64_contents(), dtype, std::move(dims));
    case DType::kFloat32: return convert<float>(contents, "fp32_contents", contents.fp32_contents(), dtype, std::move(dims));
    case DType::kFloat64: return convert<double>(contents, "fp64_contents", contents.fp64_contents(), dtype, std::move(dims));
    case DType::kString: return strings(contents, std::move(dims));
    default: break;
  }
  return invalid_argument(std::string(datatype_of(dtype)) + " tensors have no typed contents: send them in raw_input_contents");
}

}  // namespace headrace::serve
