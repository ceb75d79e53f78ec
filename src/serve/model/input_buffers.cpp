#include "serve/model/input_buffers.h"

namespace headrace::serve {
namespace {

Tensor join_strings(Requests requests, size_t input, Dims dims) {
  std::vector<std::string> all;
  for (const PendingPtr& pending : requests) {
    const auto& strings = pending->checked.inputs[input].strings();
    all.insert(all.end(), strings.begin(), strings.end());
  }
  return Tensor::of_strings(std::move(dims), std::move(all));
}

}  // namespace

std::span<const Tensor> InputBuffers::gather(Requests requests) {
  if (requests.size() == 1) return requests[0]->checked.inputs;
  tensors_.clear();
  for (size_t i = 0; i < storage_.size(); ++i) tensors_.push_back(join(requests, i));
  return tensors_;
}

Tensor InputBuffers::join(Requests requests, size_t input) {
  const Tensor& first = requests[0]->checked.inputs[input];
  Dims dims = first.dims();
  dims[0] = rows_of(requests);
  if (first.dtype() == DType::kString) return join_strings(requests, input, std::move(dims));
  Tensor joined = blank(input, first.dtype(), std::move(dims));
  std::byte* to = joined.mutable_bytes().data();
  for (const PendingPtr& pending : requests) {
    const std::span<const std::byte> bytes = pending->checked.inputs[input].bytes();
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  }
  return joined;
}

// A view of the storage. New storage where it is too small, or where somebody still holds it: an engine may hand an input on as
// an output without a copy.
Tensor InputBuffers::blank(size_t input, DType dtype, Dims dims) {
  size_t elements = 1;
  for (const int64_t extent : dims) elements *= static_cast<size_t>(extent);
  const size_t bytes = bytes_for(dtype, elements);
  std::shared_ptr<Tensor>& storage = storage_[input];
  if (storage == nullptr || storage.use_count() > 1 || storage->byte_size() < bytes)
    storage = std::make_shared<Tensor>(Tensor::allocate(DType::kUint8, {static_cast<int64_t>(bytes)}));
  // Copying the pointer is also what orders our writes after the reads of whoever let go of it last.
  std::shared_ptr<const void> owner = storage;
  return *Tensor::wrap(dtype, std::move(dims), std::move(owner), storage->bytes().data(), bytes);
}

}  // namespace headrace::serve
