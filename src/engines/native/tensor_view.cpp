#include "engines/native/tensor_view.h"

#include <algorithm>

namespace headrace::native {

std::string to_string(const Extent& e) {
  return std::to_string(e.n) + "x" + std::to_string(e.h) + "x" + std::to_string(e.w) + "x" + std::to_string(e.c);
}

Halo larger(const Halo& a, const Halo& b) {
  return {std::max(a.top, b.top), std::max(a.left, b.left), std::max(a.bottom, b.bottom), std::max(a.right, b.right)};
}

}  // namespace headrace::native
