// Shapes with known and symbolic dimensions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

// One dimension: a known extent, a name that stands for an extent ("batch"), or unknown (no extent and no name).
struct Dim {
  int64_t extent = -1;  // -1: not known
  std::string symbol;   // only where extent is -1

  bool known() const { return extent >= 0; }
  bool operator==(const Dim&) const = default;
};

using Shape = std::vector<Dim>;
using Dims = std::vector<int64_t>;  // a shape whose extents are all known

Shape make_shape(const Dims& dims);
// All extents, or nullopt when one is not known.
std::optional<Dims> known_dims(const Shape& shape);
// "[batch, 3, 224, 224]"; an unknown dimension prints as "?".
std::string to_string(const Shape& shape);
std::string to_string(const Dims& dims);
// The number of elements; an error when a dimension is negative or the product does not fit in 62 bits.
Result<int64_t> element_count(const Dims& dims);
// ONNX (numpy) multidirectional broadcasting of two shapes; nullopt when they do not broadcast.
std::optional<Dims> broadcast(const Dims& a, const Dims& b);

}  // namespace headrace
