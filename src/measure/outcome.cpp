#include "measure/outcome.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace headrace {
namespace {

bool is_float(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

bool is_numeric(DType dtype) {
  return is_float(dtype) || (bits_of(dtype) >= 8 && dtype != DType::kComplex64 && dtype != DType::kComplex128);
}

// The tensor's values as float32; `storage` holds them where they must be converted.
Result<std::span<const float>> as_floats(const Tensor& tensor, std::vector<float>& storage) {
  if (tensor.dtype() == DType::kFloat32) return tensor.as<float>();
  HEADRACE_TRY(storage, to_float_vector(tensor));
  return std::span<const float>(storage);
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (difference > largest) largest = difference;
    const bool both_odd = !std::isfinite(a[i]) && !std::isfinite(b[i]) && std::isnan(a[i]) == std::isnan(b[i]);
    if (std::isnan(difference) && !both_odd) return std::numeric_limits<double>::infinity();
  }
  return largest;
}

Status add_output(const Tensor& a, const Tensor& b, Outcome& outcome) {
  if (a.dims() != b.dims())
    return invalid_argument("it is " + to_string(a.dims()) + " in one model and " + to_string(b.dims()) + " in the other");
  if (is_float(a.dtype()) != is_float(b.dtype()))
    return invalid_argument("it is " + std::string(to_string(a.dtype())) + " in one model and " +
                            std::string(to_string(b.dtype())) + " in the other");
  outcome.same_bits = outcome.same_bits && a.same_bits(b);
  if (!is_numeric(a.dtype()) || !is_numeric(b.dtype())) return Ok{};
  std::vector<float> storage_a, storage_b;
  HEADRACE_TRY(const auto values_a, as_floats(a, storage_a));
  HEADRACE_TRY(const auto values_b, as_floats(b, storage_b));
  outcome.max_abs_error = std::max(outcome.max_abs_error, largest_difference(values_a, values_b));
  if (is_float(a.dtype())) outcome.noise.add(values_a, values_b);
  return Ok{};
}

bool is_distribution(std::span<const float> values) {
  if (*std::min_element(values.begin(), values.end()) < 0) return false;
  return std::abs(std::accumulate(values.begin(), values.end(), 0.0) - 1) < 1e-3;
}

// How many classes stand before `wanted`.
size_t place_of(std::span<const float> logits, size_t wanted) {
  size_t place = 0;
  for (size_t i = 0; i < logits.size(); ++i)
    place += logits[i] > logits[wanted] || (i < wanted && logits[i] == logits[wanted]) ? 1 : 0;
  return place;
}

double probability_of(std::span<const float> logits, size_t index) {
  if (is_distribution(logits)) return logits[index];
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - static_cast<double>(logits[index]));
  return 1 / sum;
}

}  // namespace

std::optional<size_t> logits_index(std::span<const Tensor> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].dtype() == DType::kFloat32 && outputs[i].rank() == 2) return i;
  return std::nullopt;
}

Result<Ranking> rank_classes(std::span<const float> logits, std::optional<int64_t> label) {
  if (label && (*label < 0 || static_cast<size_t>(*label) >= logits.size()))
    return invalid_data("label " + std::to_string(*label) + " is not among the model's " + std::to_string(logits.size()) +
                        " classes");
  Ranking ranking;
  ranking.best = kNoClass;
  const bool broken = logits.empty() || std::any_of(logits.begin(), logits.end(), [](float value) { return std::isnan(value); });
  if (!broken) {
    ranking.best = static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    ranking.confident = probability_of(logits, ranking.best) > 0.5;
  }
  if (label) {
    const size_t place = broken ? kNoClass : place_of(logits, static_cast<size_t>(*label));
    ranking.top1 = place == 0;
    ranking.top5 = place < 5;
  }
  return ranking;
}

Result<Outcome> compare_outputs(std::span<const Tensor> a, std::span<const Tensor> b, std::optional<int64_t> label) {
  if (a.size() != b.size())
    return invalid_argument("one model has " + std::to_string(a.size()) + " outputs, the other " + std::to_string(b.size()));
  Outcome outcome;
  for (size_t i = 0; i < a.size(); ++i)
    if (auto status = add_output(a[i], b[i], outcome); !status)
      return std::move(status).error().at("output " + std::to_string(i));
  if (const auto index = logits_index(a); index && b[*index].dtype() == DType::kFloat32) {
    HEADRACE_TRY(outcome.a, rank_classes(a[*index].as<float>(), label));
    HEADRACE_TRY(outcome.b, rank_classes(b[*index].as<float>(), label));
  }
  return outcome;
}

}  // namespace headrace
