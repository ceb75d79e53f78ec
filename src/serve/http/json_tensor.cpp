#include "serve/http/json_tensor.h"

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "serve/wire.h"

namespace headrace::serve::http {
namespace {

namespace od = simdjson::ondemand;

Error no_fit(std::string_view datatype) {
  return invalid_argument("an element of \"data\" does not fit " + std::string(datatype));
}

template <typename T>
Status read(od::value value, T& out) {
  if constexpr (std::is_same_v<T, std::string>) {
    HEADRACE_TRY(out, json::string_of(value, "an element of a BYTES tensor"));
  } else if constexpr (std::is_same_v<T, bool>) {
    HEADRACE_TRY(out, json::bool_of(value, "an element of a BOOL tensor"));
  } else if constexpr (std::is_floating_point_v<T>) {
    HEADRACE_TRY(const double number, json::get(value.get_double(), "an element of \"data\""));
    out = static_cast<T>(number);
    if (!std::isfinite(out)) return no_fit("FP32");
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    HEADRACE_TRY(out, json::get(value.get_uint64(), "an element of \"data\" (integers from 0 to 2^64 - 1)"));
  } else {
    HEADRACE_TRY(const int64_t number, json::get(value.get_int64(), "an element of \"data\" (integers)"));
    if (!std::in_range<T>(number)) return no_fit(datatype_of(dtype_of<T>()));
    out = static_cast<T>(number);
  }
  return Ok{};
}

// Walks the lists and fills the elements in row-major order.
template <typename T>
class Filler {
 public:
  Filler(const Dims& dims, T* out, size_t count) : dims_(dims), out_(out), count_(count) {}

  Status fill(od::array array) {
    HEADRACE_CHECK(level(array, 0));
    if (next_ != count_) return wrong_count();
    return Ok{};
  }

 private:
  Error wrong_count() const {
    return invalid_argument("\"data\" has another number of elements than the shape " + to_string(dims_) + ", which has " +
                            std::to_string(count_));
  }
  Error wrong_form() const {
    return invalid_argument("\"data\" is nested otherwise than the shape " + to_string(dims_) + " says");
  }

  Status element(od::value value) {
    if (next_ == count_) return wrong_count();
    return read(value, out_[next_++]);
  }

  // A list that is nested within `depth` others. The outermost one may be flat.
  Status level(od::array array, size_t depth) {
    int64_t length = 0;
    bool lists = false;
    HEADRACE_CHECK(json::for_each_element(array, [&](od::value value) -> Status {
      if (length++ == 0) {
        HEADRACE_TRY(const od::json_type type, json::get(value.type(), "an element of \"data\""));
        lists = type == od::json_type::array;
        if (lists && depth + 1 >= dims_.size()) return wrong_form();
        if (!lists && depth != 0 && depth + 1 != dims_.size()) return wrong_form();
      }
      if (!lists) return element(value);
      HEADRACE_TRY(od::array inner, json::array_of(value, "an element of \"data\""));
      return level(inner, depth + 1);
    }));
    const bool flat = depth == 0 && !lists;  // fill() counts
    return flat || length == dims_[depth] ? Status(Ok{}) : wrong_form();
  }

  const Dims& dims_;
  T* out_;
  size_t count_, next_ = 0;
};

template <typename T>
Result<Tensor> numbers(Dims dims, size_t count, od::array array) {
  Tensor tensor = Tensor::allocate(dtype_of<T>(), std::move(dims));
  HEADRACE_CHECK(Filler<T>(tensor.dims(), reinterpret_cast<T*>(tensor.mutable_bytes().data()), count).fill(array));
  return tensor;
}

Result<Tensor> strings(Dims dims, size_t count, od::array array) {
  std::vector<std::string> values(count);
  HEADRACE_CHECK(Filler<std::string>(dims, values.data(), count).fill(array));
  return Tensor::of_strings(std::move(dims), std::move(values));
}

}  // namespace

Result<Tensor> tensor_of_json(DType dtype, Dims dims, od::value data, size_t json_bytes, TensorMemory& memory) {
  const Result<int64_t> elements = element_count(dims);
  if (!elements) return invalid_argument(elements.error().message);
  const auto count = static_cast<size_t>(*elements);
  // The shortest element is a digit and a comma, the shortest string has two quotes more.
  const size_t shortest = dtype == DType::kString ? 3 : 2;
  if (count > json_bytes / shortest)
    return invalid_argument("\"data\" has fewer elements than the shape " + to_string(dims) + ", which has " +
                            std::to_string(count));
  HEADRACE_CHECK(memory.take(dtype, dims));
  HEADRACE_TRY(od::array array, json::array_of(data, "\"data\""));
  switch (dtype) {
    case DType::kBool: return numbers<bool>(std::move(dims), count, array);
    case DType::kUint8: return numbers<uint8_t>(std::move(dims), count, array);
    case DType::kUint16: return numbers<uint16_t>(std::move(dims), count, array);
    case DType::kUint32: return numbers<uint32_t>(std::move(dims), count, array);
    case DType::kUint64: return numbers<uint64_t>(std::move(dims), count, array);
    case DType::kInt8: return numbers<int8_t>(std::move(dims), count, array);
    case DType::kInt16: return numbers<int16_t>(std::move(dims), count, array);
    case DType::kInt32: return numbers<int32_t>(std::move(dims), count, array);
    case DType::kInt64: return numbers<int64_t>(std::move(dims), count, array);
    case DType::kFloat32: return numbers<float>(std::move(dims), count, array);
    case DType::kFloat64: return numbers<double>(std::move(dims), count, array);
    case DType::kString: return strings(std::move(dims), count, array);
    default:
      return invalid_argument(std::string(datatype_of(dtype)) +
                              " has no form in JSON: send it as binary data (\"binary_data_size\")");
  }
}

}  // namespace headrace::serve::http
