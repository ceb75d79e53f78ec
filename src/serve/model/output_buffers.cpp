#include "serve/model/output_buffers.h"

#include <algorithm>

namespace headrace::serve {
namespace {

// As many as responses are likely to be on their way out while the next batches run.
constexpr size_t kSetsKept = 4;

Tensor view(const OutputSet& set, const Tensor& tensor, Dims dims, size_t offset, size_t bytes) {
  return *Tensor::wrap(tensor.dtype(), std::move(dims), set, tensor.bytes().data() + offset, bytes);
}

}  // namespace

OutputSet OutputBuffers::free_set(int64_t rows) {
  const auto is_free = [](const Kept& kept) { return kept.set.use_count() == 1; };
  auto found = std::ranges::find_if(kept_, [&](const Kept& kept) { return kept.rows == rows && is_free(kept); });
  if (found == kept_.end()) found = std::ranges::find_if(kept_, is_free);
  if (found == kept_.end() && kept_.size() < kSetsKept)
    found = kept_.insert(kept_.end(), Kept{std::make_shared<std::vector<Tensor>>()});
  if (found == kept_.end()) {
    oldest_ = (oldest_ + 1) % kSetsKept;
    found = kept_.begin() + static_cast<std::ptrdiff_t>(oldest_);
    found->set = std::make_shared<std::vector<Tensor>>();
  }
  found->rows = rows;
  // The copy is also what orders our writes after the reads of whoever let go of the set last.
  return found->set;
}

Tensor rows_of(const OutputSet& set, size_t output, int64_t first, int64_t rows) {
  const Tensor& tensor = (*set)[output];
  Dims dims = tensor.dims();
  const auto row_elements = static_cast<std::ptrdiff_t>(tensor.size()) / dims[0];
  dims[0] = rows;
  if (tensor.dtype() == DType::kString) {
    const auto begin = tensor.strings().begin() + first * row_elements;
    return Tensor::of_strings(std::move(dims), {begin, begin + rows * row_elements});
  }
  const size_t row_bytes = bytes_for(tensor.dtype(), static_cast<size_t>(row_elements));
  return view(set, tensor, std::move(dims), static_cast<size_t>(first) * row_bytes, static_cast<size_t>(rows) * row_bytes);
}

Tensor whole_of(const OutputSet& set, size_t output) {
  const Tensor& tensor = (*set)[output];
  return tensor.dtype() == DType::kString ? tensor : view(set, tensor, tensor.dims(), 0, tensor.byte_size());
}

bool counts_rows(const std::vector<Tensor>& outputs, int64_t rows) {
  return std::ranges::all_of(outputs, [&](const Tensor& output) { return output.rank() > 0 && output.dims()[0] == rows; });
}

}  // namespace headrace::serve
