#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/pack.h"

namespace headrace::kernels {

namespace {
constexpr size_t kHugePage = size_t{2} << 20, kLine = 64;
}

// Weights are read front to back by every inference: with pages of 4 KiB the translation of addresses alone costs some percent.
AlignedBytes::AlignedBytes(size_t size) : size_(size) {
  if (size == 0) return;
  const size_t alignment = size >= kHugePage ? kHugePage : kLine;
  void* memory = nullptr;  // not aligned_alloc: its size would have to be a multiple of the alignment
  if (posix_memalign(&memory, alignment, (size + kLine - 1) / kLine * kLine) != 0) throw std::bad_alloc();
  // Not for the last part, which would take up a whole large page.
  if (size >= kHugePage) madvise(memory, size / kHugePage * kHugePage, MADV_HUGEPAGE);
  std::memset(memory, 0, size);
  data_.reset(static_cast<std::byte*>(memory));
}

void AlignedBytes::Free::operator()(std::byte* p) const { std::free(p); }

}  // namespace headrace::kernels
