// Where the inputs of several requests are laid one behind the other, in memory that is used again and again.
#pragma once

#include <span>
#include <vector>

#include "serve/model/pending.h"

namespace headrace::serve {

class InputBuffers {
 public:
  explicit InputBuffers(size_t inputs) : storage_(inputs) {}

  // The inputs as the engine gets them, valid until the next call of gather() or clear(). Requests must have the same row
  // extents. A single request's tensors are passed on as they are.
  std::span<const Tensor> gather(Requests requests);
  // Lets go of what the engine was given.
  void clear() { tensors_.clear(); }

 private:
  Tensor join(Requests requests, size_t input);
  Tensor blank(size_t input, DType dtype, Dims dims);

  std::vector<std::shared_ptr<Tensor>> storage_;  // one for each input, as large as was ever needed
  std::vector<Tensor> tensors_;
};

}  // namespace headrace::serve
