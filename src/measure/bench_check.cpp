#include "measure/bench_check.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

constexpr double kNormRatio = 4;
constexpr double kLeastCosine = 0.2;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

bool alike(const std::vector<double>& a, const std::vector<double>& b) {
  const double norm_a = std::sqrt(dot(a, a)), norm_b = std::sqrt(dot(b, b));
  if (norm_a == 0 && norm_b == 0) return true;
  if (std::max(norm_a, norm_b) > kNormRatio * std::min(norm_a, norm_b)) return false;
  return dot(a, b) >= kLeastCosine * norm_a * norm_b;
}

}  // namespace

Status check_finite(const CheckAnswer& answer) {
  for (const OutputSummary& output : answer)
    if (output.bad > 0)
      return invalid_data(
          "output '" + output.name + "' holds " + std::to_string(output.bad) +
          " NaN or infinite values on random normal input; its speed means nothing (headrace compare --layers finds the layer)");
  return Ok{};
}

Status check_alike(const CheckAnswer& reference, const CheckAnswer& answer, const std::string& reference_engine) {
  if (reference.size() != answer.size())
    return invalid_data(std::to_string(answer.size()) + " outputs where " + reference_engine + " gives " +
                        std::to_string(reference.size()));
  for (size_t i = 0; i < answer.size(); ++i) {
    const OutputSummary &expected = reference[i], &given = answer[i];
    if (expected.dims != given.dims)
      return invalid_data("output '" + given.name + "' is " + to_string(given.dims) + " where " + reference_engine + " gives " +
                          to_string(expected.dims));
    if (!alike(expected.values, given.values))
      return invalid_data("output '" + given.name + "' is nothing like " + reference_engine +
                          "'s on the same random input: one of the two engines computes this model wrongly");
  }
  return Ok{};
}

}  // namespace headrace
