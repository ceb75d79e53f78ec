#include "quant/algorithms/pair_rule.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace headrace {
namespace {

// What the pair (a, b) adds up to on the side where it is larger.
template <typename T>
T same_sign_sum(T a, T b) {
  const T positive = std::max<T>(a, 0) + std::max<T>(b, 0), negative = std::max<T>(-a, 0) + std::max<T>(-b, 0);
  return std::max(positive, negative);
}

}  // namespace

PairRule PairRule::of(const WeightedLayer& layer, const WeightRows& form) {
  return {!layer.depthwise(), form.inner % 2 != 0 && form.inner != form.columns};
}

double largest_pair_sum(const PairRule& rule, std::span<const float> row) {
  double largest = 0;
  if (!rule.applies) return largest;
  for (size_t k = 0; k + 1 < row.size(); k += static_cast<size_t>(rule.step()))
    largest = std::max(largest, same_sign_sum<double>(row[k], row[k + 1]));
  return largest;
}

bool saturation_proof(const PairRule& rule, std::span<const int8_t> row) {
  if (!rule.applies) return true;
  for (size_t k = 0; k + 1 < row.size(); k += static_cast<size_t>(rule.step()))
    if (same_sign_sum<int>(row[k], row[k + 1]) > PairRule::kLimit) return false;
  return true;
}

void repair_pairs(const PairRule& rule, std::span<const float> row, double scale, std::span<int8_t> levels) {
  if (!rule.applies) return;
  const auto cost = [&](size_t k, int level) { return std::abs(level - static_cast<double>(row[k]) / scale); };
  for (size_t k = 0; k + 1 < levels.size(); k += static_cast<size_t>(rule.step()))
    while (same_sign_sum<int>(levels[k], levels[k + 1]) > PairRule::kLimit) {
      const int sign = levels[k] > 0 ? 1 : -1;  // both have it: one alone is at most 127
      const int a = levels[k] - sign, b = levels[k + 1] - sign;
      if (cost(k, a) <= cost(k + 1, b)) levels[k] = static_cast<int8_t>(a);
      else levels[k + 1] = static_cast<int8_t>(b);
    }
}

}  // namespace headrace
