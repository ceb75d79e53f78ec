// A tensor as PyTorch stores it: a window with strides on a storage that several tensors may share.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace {

struct StridedView {
  DType dtype = DType::kUndefined;
  std::vector<int64_t> sizes, strides;  // strides in elements
  int64_t offset = 0;                   // in elements
};

// Whether the elements stand in row-major order without gaps (strides of extents of one do not matter).
bool is_contiguous(const StridedView& view);

// What the copies of one file's tensors may take in all: views of one small storage can ask for endless memory.
struct CopyBudget {
  uint64_t bytes = 0;
};

// The tensor that `view` means on `storage`, whose bytes `owner` keeps alive: without a copy where it is contiguous and
// aligned, else copied in row-major order; copies are taken off `budget` (nullptr: each may be as large as its storage, or 1 MB).
// Errors: invalid_model for negative sizes, strides or offsets, counts that overflow, a view that reaches past the storage's end
// (saying how many bytes it needs and there are), and bools that are neither 0 nor 1; unsupported for a type below 8 bits an
// element, and for copies beyond the budget.
Result<Tensor> materialize(const StridedView& view, std::span<const std::byte> storage, std::shared_ptr<const void> owner,
                           CopyBudget* budget = nullptr);

}  // namespace headrace
