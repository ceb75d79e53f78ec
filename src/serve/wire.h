// Tensors as the Open Inference Protocol spells them: datatype names, and raw bytes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace::serve {

// "FP32", "INT64", "BYTES", ...; empty for types that the protocol has no name for.
std::string_view datatype_of(DType dtype);
std::optional<DType> dtype_of_datatype(std::string_view datatype);

// A tensor over bytes in the protocol's raw form: row-major little-endian elements; for BYTES each element is its length (4
// bytes, little-endian) and its content. Fixed-size elements are wrapped, not copied, unless they lie at an address their type
// must not have. Errors: invalid_argument (the number of bytes does not fit dtype and dims, a negative or too large shape).
Result<Tensor> tensor_of_raw(DType dtype, Dims dims, std::shared_ptr<const void> owner, std::span<const std::byte> raw);

size_t raw_size(const Tensor& tensor);                    // in bytes, of the raw form
void append_raw(const Tensor& tensor, std::string& raw);  // the raw form

// The memory of the tensors of one request that are made, not wrapped: text of two letters becomes an element of 8 bytes, or a
// string of 32. A request may have as much as it may send.
class TensorMemory {
 public:
  explicit TensorMemory(size_t most) : most_(most), left_(most) {}
  // Before such a tensor is made. Errors: invalid_argument (all of them together would take more).
  Status take(DType dtype, const Dims& dims);

 private:
  size_t most_, left_;
};

}  // namespace headrace::serve
