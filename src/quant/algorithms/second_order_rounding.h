// Second-order rounding (Frantar et al., 2022, "GPTQ"; LeCun et al., 1990, behind it), under the pair constraint: a row's weights
// are rounded one after the other, and what rounding one of them does to the layer's output is made good, as far as the inputs'
// covariance allows, by the weights that are still to come.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quant/algorithms/pair_rule.h"
#include "quant/observers/moments.h"

namespace headrace {

// For one group of a layer: the factor U, H^-1 = UT U, of every block of the inputs' second moments H (damped by 1 % of their
// mean diagonal).
class RoundingFactors {
 public:
  // `centered`: an error of the output's mean does not count, since the bias takes it up.
  RoundingFactors(const InputMoments& moments, int64_t group, bool centered);

  // Rounds one row of weights to levels -127 to 127 of `scale`, keeping `rule` where it is not nullptr.
  void round(std::span<const float> row, double scale, const PairRule* rule, std::span<int8_t> levels) const;

 private:
  struct Block {
    int64_t first, size;
    std::vector<float> upper;  // U, row-major, each row divided by its diagonal element
  };
  std::vector<Block> blocks_;
};

}  // namespace headrace
