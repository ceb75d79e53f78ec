#include "base/shape.h"

#include <algorithm>

namespace headrace {

Shape make_shape(const Dims& dims) {
  Shape shape;
  shape.reserve(dims.size());
  for (const int64_t extent : dims) shape.push_back({extent, {}});
  return shape;
}

std::optional<Dims> known_dims(const Shape& shape) {
  Dims dims;
  dims.reserve(shape.size());
  for (const Dim& dim : shape) {
    if (!dim.known()) return std::nullopt;
    dims.push_back(dim.extent);
  }
  return dims;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (const Dim& dim : shape) {
    if (text.size() > 1) text += ", ";
    text += dim.known() ? std::to_string(dim.extent) : dim.symbol.empty() ? "?" : dim.symbol;
  }
  return text + "]";
}

std::string to_string(const Dims& dims) { return to_string(make_shape(dims)); }

Result<int64_t> element_count(const Dims& dims) {
  constexpr int64_t kLimit = int64_t{1} << 62;
  int64_t count = 1;
  bool empty = false;
  for (const int64_t extent : dims) {
    if (extent < 0) return invalid_model("shape " + to_string(dims) + " has a negative dimension");
    if (extent == 0) empty = true;
    else if (count > kLimit / extent) return invalid_model("shape " + to_string(dims) + " has more than 2^62 elements");
    else count *= extent;
  }
  return empty ? 0 : count;
}

std::optional<Dims> broadcast(const Dims& a, const Dims& b) {
  const size_t rank = std::max(a.size(), b.size());
  Dims out(rank);
  for (size_t i = 0; i < rank; ++i) {  // i counts from the last dimension
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) return std::nullopt;
    out[rank - 1 - i] = x == 1 ? y : x;
  }
  return out;
}

}  // namespace headrace
