// The integer sums of a layer: sum of (x - zx) * (w - zw), plus the bias. In 32 bits that wrap around, so that a sum does not
// depend on its order even where it leaves int32 (no real file does: a bias of 2^31 comes close).
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/shape.h"
#include "ir/model.h"

namespace headrace::reference {

struct LayerWeights {
  Dims dims;                    // of the weight tensor
  std::vector<int32_t> values;  // centred: minus the zero point
  int64_t channels = 0;         // of the output
  std::vector<int32_t> bias;    // one per channel, or empty
};

struct Sums {
  Dims dims;
  std::vector<int32_t> values;
  size_t inner = 1;  // sums of one channel in a row
  size_t channels = 1;

  size_t channel(size_t index) const { return index / inner % channels; }
};

// Of a Conv, Gemm or MatMul; `x` is centred, of shape `dims`. Errors: invalid_model for shapes that do not fit.
Result<Sums> layer_sums(const Node& node, const LayerWeights& weights, const Dims& dims, const std::vector<int32_t>& x,
                        int threads);

}  // namespace headrace::reference
