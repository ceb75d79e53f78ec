// What a session remembers so that repeated runs write into the caller's buffers: the output dims that input dims led to.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/tensor.h"

namespace headrace {

class ShapeMemory {
 public:
  // The output dims of an earlier run with inputs of these dims, or nullptr. Thread-safe, allocates nothing.
  std::shared_ptr<const std::vector<Dims>> find(std::span<const Tensor> inputs) const;
  void remember(std::span<const Tensor> inputs, const std::vector<Tensor>& outputs);
  // For good: the output dims turned out to depend on more than the input dims.
  void disable();

 private:
  struct Entry {
    std::vector<Dims> inputs;
    std::shared_ptr<const std::vector<Dims>> outputs;
    bool matches(std::span<const Tensor> tensors) const;
  };
  mutable std::mutex mutex_;
  std::array<Entry, 8> entries_;  // a server sees a handful of batch sizes
  size_t next_ = 0;
  bool disabled_ = false;
};

// Makes `tensor` one of this dtype and dims that may be written: as it is when it fits, allocated otherwise.
void make_writable(Tensor& tensor, DType dtype, const Dims& dims);

}  // namespace headrace
