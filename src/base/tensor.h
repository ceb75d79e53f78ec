// A tensor: a type, a shape and bytes, row-major and contiguous. The bytes are shared: copying a Tensor copies a pointer.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "base/error.h"
#include "base/shape.h"

namespace headrace {

class Tensor {
 public:
  Tensor() = default;

  // Fresh storage, aligned to 64 bytes, contents undefined. `dims` must hold no negative extent.
  static Tensor allocate(DType dtype, Dims dims);
  // Bytes owned by somebody else, kept alive through `owner` (a mapped file, a protobuf string). The number of bytes
  // must be what dtype and dims ask for: invalid_model otherwise.
  static Result<Tensor> wrap(DType dtype, Dims dims, std::shared_ptr<const void> owner, const std::byte* data, size_t bytes);
  // A string tensor.
  static Tensor of_strings(Dims dims, std::vector<std::string> values);
  template <typename T>
  static Tensor from(Dims dims, std::span<const T> values) {  // NOLINT(performance-unnecessary-value-param): it is moved
    Tensor tensor = allocate(dtype_of<T>(), std::move(dims));
    assert(values.size() == tensor.size());
    if (!values.empty()) std::memcpy(tensor.mutable_bytes().data(), values.data(), values.size_bytes());
    return tensor;
  }
  template <typename T>
  static Tensor from(Dims dims, const std::vector<T>& values) {
    return from(std::move(dims), std::span<const T>(values));
  }
  template <typename T>
  static Tensor scalar(T value) {
    return from(Dims{}, std::span<const T>(&value, 1));
  }

  bool defined() const { return dtype_ != DType::kUndefined; }
  DType dtype() const { return dtype_; }
  const Dims& dims() const { return dims_; }
  int rank() const { return static_cast<int>(dims_.size()); }
  size_t size() const { return size_; }  // elements
  size_t byte_size() const { return bytes_; }

  std::span<const std::byte> bytes() const { return {data_, bytes_}; }
  // Only for a tensor made by allocate() or from() whose storage nobody else holds, or a caller that knows why it may.
  std::span<std::byte> mutable_bytes() { return {const_cast<std::byte*>(data_), bytes_}; }

  // Whether the bytes may be written in place: storage of its own (not wrapped) that no other tensor shares.
  bool exclusively_owned() const { return allocated_ && owner_.use_count() == 1; }

  template <typename T>
  std::span<const T> as() const {
    assert(dtype_of<T>() == dtype_);
    return {reinterpret_cast<const T*>(data_), size_};
  }
  template <typename T>
  std::span<T> as_mutable() {
    assert(dtype_of<T>() == dtype_);
    return {reinterpret_cast<T*>(const_cast<std::byte*>(data_)), size_};
  }
  const std::vector<std::string>& strings() const { return *strings_; }

  // The same bytes under another shape of as many elements.
  Tensor reshaped(Dims dims) const;
  // The same values in storage of its own.
  Tensor clone() const;
  // Same dtype, dims and bytes.
  bool same_bits(const Tensor& other) const;

 private:
  DType dtype_ = DType::kUndefined;
  Dims dims_;
  size_t size_ = 0;
  size_t bytes_ = 0;
  const std::byte* data_ = nullptr;
  bool allocated_ = false;  // by allocate(), so that the bytes are not somebody else's
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const std::vector<std::string>> strings_;
};

// The values as float32 (converted from any integer, float16, bfloat16 or float64 type); unsupported otherwise.
Result<std::vector<float>> to_float_vector(const Tensor& tensor);
// The values as int64 (from any integer or bool type); unsupported otherwise.
Result<std::vector<int64_t>> to_int64_vector(const Tensor& tensor);

}  // namespace headrace
