#include "quant/algorithms/second_order_rounding.h"

#include <algorithm>
#include <cmath>

#include "base/clones.h"

namespace headrace {
namespace {

constexpr double kDamping = 0.01;  // of the mean diagonal; as in the paper

// Lower Cholesky factor in place; a pivot that rounding has made too small is lifted to `floor`.
void cholesky(std::vector<double>& a, int64_t n, double floor) {
  const auto at = [&](int64_t i, int64_t j) -> double& { return a[static_cast<size_t>(i * n + j)]; };
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t k = 0; k < j; ++k) at(j, j) -= at(j, k) * at(j, k);
    at(j, j) = std::sqrt(std::max(at(j, j), floor));
    for (int64_t i = j + 1; i < n; ++i) {
      double sum = at(i, j);
      for (int64_t k = 0; k < j; ++k) sum -= at(i, k) * at(j, k);
      at(i, j) = sum / at(j, j);
    }
    for (int64_t i = 0; i < j; ++i) at(i, j) = 0;
  }
}

// The inverse of a lower triangular matrix.
std::vector<double> invert_lower(const std::vector<double>& lower, int64_t n) {
  std::vector<double> inverse(lower.size(), 0.0);
  for (int64_t column = 0; column < n; ++column) {
    inverse[static_cast<size_t>(column * n + column)] = 1 / lower[static_cast<size_t>(column * n + column)];
    for (int64_t i = column + 1; i < n; ++i) {
      double sum = 0;
      for (int64_t k = column; k < i; ++k)
        sum += lower[static_cast<size_t>(i * n + k)] * inverse[static_cast<size_t>(k * n + column)];
      inverse[static_cast<size_t>(i * n + column)] = -sum / lower[static_cast<size_t>(i * n + i)];
    }
  }
  return inverse;
}

// Reverses rows and columns.
std::vector<double> flipped(const std::vector<double>& a) { return {a.rbegin(), a.rend()}; }

// U with H^-1 = UT U, U upper triangular. With J the reversal and J H J = L LT: H = (J L J)(J L J)T, where M = J L J is upper
// triangular, so H^-1 = M^-T M^-1 and U = M^-1.
std::vector<double> inverse_factor(std::vector<double> moments, int64_t n) {
  double trace = 0;
  for (int64_t i = 0; i < n; ++i) trace += moments[static_cast<size_t>(i * n + i)];
  const double damping = kDamping * trace / static_cast<double>(n) + 1e-30;
  for (int64_t i = 0; i < n; ++i) moments[static_cast<size_t>(i * n + i)] += damping;
  std::vector<double> lower = flipped(moments);
  cholesky(lower, n, damping * 1e-3);
  return flipped(invert_lower(lower, n));
}

// Levels that weight k may take, given the neighbours already rounded.
std::pair<int, int> allowed(const PairRule* rule, std::span<const int8_t> levels, int64_t k) {
  int low = -127, high = 127;
  if (rule == nullptr || k == 0 || (!rule->adjacent && k % 2 == 0)) return {low, high};
  const int before = levels[static_cast<size_t>(k - 1)];
  return {std::max(low, -(PairRule::kLimit - std::max(-before, 0))), std::min(high, PairRule::kLimit - std::max(before, 0))};
}

// rest[j] -= error * upper[j]
HEADRACE_CLONES void subtract_scaled(float* __restrict rest, const float* __restrict upper, float error, size_t first,
                                     size_t last) {
  for (size_t j = first; j < last; ++j) rest[j] -= error * upper[j];
}

}  // namespace

RoundingFactors::RoundingFactors(const InputMoments& moments, int64_t group, bool centered) {
  for (int64_t block = 0; block < moments.blocks(); ++block) {
    const int64_t n = moments.block_size(block);
    const std::vector<double> factor = inverse_factor(moments.second_moments(group, block, centered), n);
    Block made{block * InputMoments::kBlock, n, std::vector<float>(factor.size(), 0.0f)};
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = i; j < n; ++j)
        made.upper[static_cast<size_t>(i * n + j)] =
            static_cast<float>(factor[static_cast<size_t>(i * n + j)] / factor[static_cast<size_t>(i * n + i)]);
    blocks_.push_back(std::move(made));
  }
}

void RoundingFactors::round(std::span<const float> row, double scale, const PairRule* rule, std::span<int8_t> levels) const {
  std::vector<float> rest;  // the weights of a block, in levels, as they are corrected
  for (const Block& block : blocks_) {
    const auto n = static_cast<size_t>(block.size), first = static_cast<size_t>(block.first);
    rest.resize(n);
    for (size_t i = 0; i < n; ++i) rest[i] = static_cast<float>(static_cast<double>(row[first + i]) / scale);
    for (size_t i = 0; i < n; ++i) {
      const auto [low, high] = allowed(rule, levels, static_cast<int64_t>(first + i));
      const float level = std::clamp(std::nearbyint(rest[i]), static_cast<float>(low), static_cast<float>(high));
      levels[first + i] = static_cast<int8_t>(level);
      const float error = rest[i] - level;
      const float* upper = block.upper.data() + i * n;
      subtract_scaled(rest.data(), upper, error, i + 1, n);
    }
  }
}

}  // namespace headrace
