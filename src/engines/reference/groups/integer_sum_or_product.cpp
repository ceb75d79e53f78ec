// Rule 2: Add and Mul of two quantised values.
#include <cmath>

#include "engines/reference/groups/groups.h"
#include "engines/reference/groups/quantized_value.h"
#include "engines/reference/ops/elementwise.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

int32_t lift(const Quantization& q) { return q.dtype == DType::kInt8 ? 128 : 0; }

struct Operation {
  bool sum = true;  // or product
  Quantization a, b;
  Target target;

  int32_t code(int32_t code_a, int32_t code_b) const {
    const float scale = target.quantization.scale();
    if (!sum)
      return target.code(static_cast<float>((code_a - a.zero()) * (code_b - b.zero())) * ((a.scale() * b.scale()) / scale));
    const float ratio_a = a.scale() / scale, ratio_b = b.scale() / scale;
    // On unsigned codes: signed ones are taken 128 higher.
    const int32_t up_a = lift(a), up_b = lift(b), up = lift(target.quantization);
    const auto real = [](int32_t code) { return static_cast<float>(code); };
    const float zeros = std::fma(ratio_a, real(a.zero() + up_a), ratio_b * real(b.zero() + up_b));
    const float shift = real(target.quantization.zero() + up) - zeros;
    const float steps = std::fma(real(code_a + up_a), ratio_a, std::fma(real(code_b + up_b), ratio_b, shift));
    return to_code(steps, 0, {target.range.low + up, target.range.high + up}) - up;
  }
};

Result<Tensors> run(const Operation& operation, const Tensor& a, const Tensor& b) {
  HEADRACE_TRY(const Dims dims, broadcast_dims(a, b));
  HEADRACE_TRY(const int64_t count, element_count(dims));
  const std::vector<int32_t> codes_a = codes_of(a), codes_b = codes_of(b);
  std::vector<int32_t> codes;
  codes.reserve(static_cast<size_t>(count));
  walk<2>(dims, {broadcast_strides(a.dims(), dims), broadcast_strides(b.dims(), dims)}, [&](const auto& at) {
    codes.push_back(operation.code(codes_a[static_cast<size_t>(at[0])], codes_b[static_cast<size_t>(at[1])]));
  });
  return Tensors{tensor_of_codes(operation.target.quantization.dtype, dims, codes)};
}

}  // namespace

std::optional<Step> integer_sum_or_product(const Node& quantize) {
  auto target = target_of(quantize);
  if (!target) return std::nullopt;
  target = absorb_bounds(*target);
  const Node* node = target->source->producer();
  if (node == nullptr || !(node->is("Add") || node->is("Mul"))) return std::nullopt;
  const auto a = dequantized_activation(node->input(0)), b = dequantized_activation(node->input(1));
  if (!a || !b) return std::nullopt;
  Step step{&quantize, {a->codes, b->codes}, nullptr};
  step.run = [operation = Operation{node->is("Add"), a->quantization, b->quantization, *target}](
                 std::span<const Tensor> inputs, int) { return run(operation, inputs[0], inputs[1]); };
  return step;
}

}  // namespace headrace::reference
