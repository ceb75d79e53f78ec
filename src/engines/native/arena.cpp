#include "engines/native/arena.h"

#include <algorithm>
#include <numeric>

namespace headrace::native {

size_t place_lifetimes(std::vector<Lifetime>& lifetimes) {
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });
  std::vector<const Lifetime*> placed;  // by offset
  size_t total = 0;
  for (const size_t index : order) {
    Lifetime& life = lifetimes[index];
    if (life.last < life.first) continue;
    const size_t bytes = (life.bytes + 63) / 64 * 64;
    size_t offset = 0;
    for (const Lifetime* other : placed) {
      const bool together = other->first <= life.last && life.first <= other->last;
      if (!together) continue;
      if (other->offset >= offset + bytes) break;
      offset = std::max(offset, other->offset + (other->bytes + 63) / 64 * 64);
    }
    life.offset = offset;
    total = std::max(total, offset + bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &life,
                                   [](const Lifetime* a, const Lifetime* b) { return a->offset < b->offset; }),
                  &life);
  }
  return total;
}

}  // namespace headrace::native
