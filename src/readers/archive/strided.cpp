#include "readers/archive/strided.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace headrace {
namespace {

constexpr uint64_t kFreeCopy = 1 << 20;  // a view of a few elements may always be spread out to this

// "[3, -1]": unlike to_string(Dims), negative numbers as they are.
std::string listed(const std::vector<int64_t>& numbers) {
  std::string text;
  for (const int64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "[" + text + "]";
}

// base + count * step where all are non-negative; nullopt where it does not fit.
std::optional<int64_t> add_product(int64_t base, int64_t count, int64_t step) {
  int64_t product = 0, sum = 0;
  if (__builtin_mul_overflow(count, step, &product) || __builtin_add_overflow(base, product, &sum)) return std::nullopt;
  return sum;
}

Error overflows(const StridedView& view) {
  return invalid_model("a view of sizes " + listed(view.sizes) + " and strides " + listed(view.strides) +
                       " reaches further than numbers go");
}

Status check_fields(const StridedView& view) {
  if (bits_of(view.dtype) < 8) return unsupported("a tensor of type " + std::string(to_string(view.dtype)) + " has no strides");
  if (view.sizes.size() != view.strides.size())
    return invalid_model("a tensor has " + std::to_string(view.sizes.size()) + " sizes and " +
                         std::to_string(view.strides.size()) + " strides");
  if (view.offset < 0) return invalid_model("a tensor has a negative offset, " + std::to_string(view.offset));
  for (size_t i = 0; i < view.sizes.size(); ++i)
    if (view.sizes[i] < 0 || view.strides[i] < 0)
      return invalid_model("a tensor has a negative size or stride: sizes " + listed(view.sizes) + ", strides " +
                           listed(view.strides));
  return Ok{};
}

// How many elements of the storage the view needs: one more than its last one's index. The view is not empty.
Result<int64_t> needed_elements(const StridedView& view) {
  std::optional<int64_t> last = view.offset;
  for (size_t i = 0; i < view.sizes.size() && last; ++i) last = add_product(*last, view.sizes[i] - 1, view.strides[i]);
  if (last) last = add_product(*last, 1, 1);
  if (!last) return overflows(view);
  return *last;
}

Status check_inside(const StridedView& view, uint64_t storage_bytes, uint64_t item) {
  HEADRACE_TRY(const int64_t needed, needed_elements(view));
  if (static_cast<uint64_t>(needed) <= storage_bytes / item) return Ok{};
  const bool in_bytes = static_cast<uint64_t>(needed) < UINT64_MAX / item;
  return invalid_model("a tensor of type " + std::string(to_string(view.dtype)) + ", sizes " + listed(view.sizes) + ", strides " +
                       listed(view.strides) + " and offset " + std::to_string(view.offset) + " needs " +
                       (in_bytes ? std::to_string(static_cast<uint64_t>(needed) * item) : "2^64 or more") +
                       " bytes, and its storage has " + std::to_string(storage_bytes));
}

// Copies the view's elements in row-major order, the last dimension in the inner loop. kItem: bytes of an element.
template <size_t kItem>
void gather(const StridedView& view, const std::byte* first, std::span<std::byte> out) {
  const size_t rank = view.sizes.size();
  const auto inner = static_cast<size_t>(view.sizes[rank - 1]), step = static_cast<size_t>(view.strides[rank - 1]) * kItem;
  std::vector<int64_t> index(rank);
  size_t row = 0;  // bytes from `first`
  for (std::byte* to = out.data(); to != out.data() + out.size();) {
    for (size_t i = 0; i < inner; ++i, to += kItem) std::memcpy(to, first + row + i * step, kItem);
    for (size_t d = rank - 1; d-- > 0;) {
      const size_t stride = static_cast<size_t>(view.strides[d]) * kItem;
      row += stride;
      if (++index[d] < view.sizes[d]) break;
      row -= stride * static_cast<size_t>(view.sizes[d]);
      index[d] = 0;
    }
  }
}

Tensor gathered(const StridedView& view, const std::byte* first) {
  Tensor tensor = Tensor::allocate(view.dtype, view.sizes);
  const auto out = tensor.mutable_bytes();
  switch (bits_of(view.dtype)) {
    case 8: gather<1>(view, first, out); break;
    case 16: gather<2>(view, first, out); break;
    case 32: gather<4>(view, first, out); break;
    case 64: gather<8>(view, first, out); break;
    default: gather<16>(view, first, out); break;  // complex128: no type is wider
  }
  return tensor;
}

Status charge(uint64_t bytes, uint64_t storage, CopyBudget* budget) {
  CopyBudget own{std::max(storage, kFreeCopy)};
  if (budget == nullptr) budget = &own;
  if (bytes > budget->bytes)
    return unsupported("copying the tensor into rows takes " + std::to_string(bytes) + " bytes more than the file is worth (" +
                       std::to_string(budget->bytes) + " are left): save its tensors with .contiguous()");
  budget->bytes -= bytes;
  return Ok{};
}

Status check_bools(const Tensor& tensor) {
  if (tensor.dtype() != DType::kBool) return Ok{};
  const auto bytes = tensor.bytes();
  if (std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b <= std::byte{1}; })) return Ok{};
  return invalid_model("a tensor of bools holds a byte that is neither 0 nor 1");
}

}  // namespace

bool is_contiguous(const StridedView& view) {
  int64_t step = 1;
  for (size_t i = view.sizes.size(); i-- > 0;) {
    if (i >= view.strides.size() || (view.sizes[i] != 1 && view.strides[i] != step)) return false;
    if (__builtin_mul_overflow(step, view.sizes[i], &step)) return false;
  }
  return true;
}

Result<Tensor> materialize(const StridedView& view, std::span<const std::byte> storage, std::shared_ptr<const void> owner,
                           CopyBudget* budget) {
  HEADRACE_CHECK(check_fields(view));
  HEADRACE_TRY(const int64_t count, element_count(view.sizes));
  if (count == 0) return Tensor::allocate(view.dtype, view.sizes);
  if (count > (int64_t{1} << 56)) return overflows(view);
  const auto item = static_cast<uint64_t>(bits_of(view.dtype)) / 8, bytes = static_cast<uint64_t>(count) * item;
  HEADRACE_CHECK(check_inside(view, storage.size(), item));
  const std::byte* first = storage.data() + static_cast<uint64_t>(view.offset) * item;
  const bool contiguous = is_contiguous(view);
  const bool aligned = reinterpret_cast<uintptr_t>(first) % 8 == 0;  // what Tensor::wrap() asks for, or it copies
  if (!contiguous || !aligned) HEADRACE_CHECK(charge(bytes, storage.size(), budget));
  Tensor tensor;
  if (contiguous) {
    HEADRACE_TRY(tensor, Tensor::wrap(view.dtype, view.sizes, std::move(owner), first, bytes));
  } else {
    tensor = gathered(view, first);
  }
  HEADRACE_CHECK(check_bools(tensor));
  return tensor;
}

}  // namespace headrace
