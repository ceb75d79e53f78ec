// Outputs of an engine, and the views of them that responses carry away. A view shares the memory of its whole batch, which is
// written again only when no response holds it any more; until then the next batches go to other memory.
#pragma once

#include <memory>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace::serve {

using OutputSet = std::shared_ptr<std::vector<Tensor>>;  // in the signature's order, as Session::run fills them

class OutputBuffers {
 public:
  // A set that nobody holds, of a batch of as many rows where there is one: its tensors have the right extents already.
  OutputSet free_set(int64_t rows);

 private:
  struct Kept {
    OutputSet set;
    int64_t rows = 0;
  };
  std::vector<Kept> kept_;
  size_t oldest_ = 0;
};

// Rows `first` to `first + rows` of an output: a view where bytes can be shared, a copy of strings. All of it as it is when the
// request was alone in its batch (`whole`).
Tensor rows_of(const OutputSet& set, size_t output, int64_t first, int64_t rows);
Tensor whole_of(const OutputSet& set, size_t output);

// Whether every output counts `rows` in its first extent, so that it can be divided among requests.
bool counts_rows(const std::vector<Tensor>& outputs, int64_t rows);

}  // namespace headrace::serve
