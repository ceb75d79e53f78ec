#include "engines/native/tensor_view.h"

#include <algorithm>

namespace headrace::native {

namespace {
constexpr ptrdiff_t kHalfPage = 2048, kCacheLine = 64;
}

std::string to_string(const Extent& e) {
  return std::to_string(e.n) + "x" + std::to_string(e.h) + "x" + std::to_string(e.w) + "x" + std::to_string(e.c);
}

Halo larger(const Halo& a, const Halo& b) {
  return {std::max(a.top, b.top), std::max(a.left, b.left), std::max(a.bottom, b.bottom), std::max(a.right, b.right)};
}

View make_view(Element element, const Extent& extent, const Halo& halo) {
  View view{.extent = extent, .element = element, .halo = halo};
  // From pixel to pixel: codes in fours, so that a step of four never reaches into the neighbour.
  view.pixel = element == Element::kU8 ? (extent.c + 3) / 4 * 4 : ptrdiff_t{4} * extent.c;
  // Kernels read the same channels of a dozen pixels at once. Multiples of half a page apart, these would all want the same few
  // places of the first-level cache.
  if (view.pixel % kHalfPage == 0) view.pixel += kCacheLine;
  view.row = (halo.left + extent.w + halo.right) * view.pixel;
  view.image = (halo.top + extent.h + halo.bottom) * view.row;
  view.offset = halo.top * view.row + halo.left * view.pixel;
  return view;
}

}  // namespace headrace::native
