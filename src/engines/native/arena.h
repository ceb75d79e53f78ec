// Memory for tensors that do not live all at once.
#pragma once

#include <cstddef>
#include <vector>

namespace headrace::native {

struct Lifetime {
  size_t bytes = 0;
  int first = 0, last = -1;  // layers that write and read it; empty when last < first
  size_t offset = 0;         // the answer
};

// Places all lifetimes so that those alive at the same time do not overlap; the largest first, each at the lowest place that is
// free. Returns how many bytes that takes. Offsets are multiples of 64.
size_t place_lifetimes(std::vector<Lifetime>& lifetimes);

}  // namespace headrace::native
