// Rule 4: a function of one quantised value is a table of 256 codes. The function may be a chain of elementwise nodes, such as
// x * Sigmoid(x) or the five nodes of a Gelu, computed in double from end to end and rounded to float32 once.
#include <array>
#include <cmath>
#include <functional>

#include "engines/reference/groups/groups.h"
#include "engines/reference/groups/quantized_value.h"
#include "engines/reference/ops/scalar_functions.h"

namespace headrace::reference {
namespace {

// Builds the function that computes a value from the one quantised value that it depends on.
class Chain {
 public:
  // nullopt where the value depends on more than one quantised value or on nodes that are not elementwise.
  std::optional<Unary> function_of(const Value* value) {
    if (const auto constant = scalar_constant(value)) return [c = double{*constant}](double) { return c; };
    if (const auto source = dequantized_activation(value)) return read(*source);
    const Node* node = value != nullptr ? value->producer() : nullptr;
    if (node == nullptr || ++nodes_ > kMostNodes) return std::nullopt;
    return function_of(*node);
  }

  const std::optional<QuantizedValue>& source() const { return source_; }
  int nodes() const { return nodes_; }

 private:
  static constexpr int kMostNodes = 32;  // of one chain; each branch counts

  std::optional<Unary> read(const QuantizedValue& source) {
    const bool another =
        source_ && (source_->codes != source.codes || source_->quantization.scales != source.quantization.scales ||
                    source_->quantization.zeros != source.quantization.zeros);
    if (another) return std::nullopt;
    source_ = source;
    return [](double x) { return x; };
  }

  std::optional<Unary> function_of(const Node& node) {
    if (auto function = unary_function(node)) return compose(*std::move(function), node);
    if (node.is("Clip")) return clip_of(node);
    if (node.is("PRelu")) return prelu_of(node);
    const Binary function = node.domain.empty() && node.inputs().size() == 2 ? binary_function(node.op_type) : nullptr;
    if (function == nullptr) return std::nullopt;
    const auto a = function_of(node.input(0)), b = function_of(node.input(1));
    if (!a || !b) return std::nullopt;
    return [function, a = *a, b = *b](double x) { return function(a(x), b(x)); };
  }

  std::optional<Unary> compose(Unary outer, const Node& node) {
    const auto inner = function_of(node.input(0));
    if (!inner) return std::nullopt;
    return [outer = std::move(outer), inner = *inner](double x) { return outer(inner(x)); };
  }

  std::optional<Unary> clip_of(const Node& node) {
    const auto bound = [&](size_t index, std::string_view key, float otherwise) {
      return node.input(index) != nullptr ? scalar_constant(node.input(index)) : node.float_attribute(key, otherwise);
    };
    const auto low = bound(1, "min", -INFINITY), high = bound(2, "max", INFINITY);
    if (!low || !high) return std::nullopt;
    return compose([low = *low, high = *high](double x) { return clip(x, low, high); }, node);
  }

  std::optional<Unary> prelu_of(const Node& node) {
    const auto slope = scalar_constant(node.input(1));
    if (!slope) return std::nullopt;
    return compose([slope = *slope](double x) { return leaky_relu(x, slope); }, node);
  }

  std::optional<QuantizedValue> source_;
  int nodes_ = 0;
};

using Table = std::array<int32_t, 256>;  // by the code's low 8 bits

Table table_of(const Unary& function, const Quantization& input, const Target& target) {
  Table table{};
  const CodeRange range = range_of(input.dtype);
  for (int32_t code = range.low; code <= range.high; ++code) {
    const float x = static_cast<float>(code - input.zero()) * input.scale();
    const float y = static_cast<float>(function(x));
    table[static_cast<uint8_t>(code)] = target.code(y / target.quantization.scale());
  }
  return table;
}

Result<Tensors> run(const Table& table, DType dtype, const Tensor& codes) {
  std::vector<int32_t> out = codes_of(codes);
  for (int32_t& code : out) code = table[static_cast<uint8_t>(code)];
  return Tensors{tensor_of_codes(dtype, codes.dims(), out)};
}

}  // namespace

std::optional<Step> activation_table(const Node& quantize) {
  const auto target = target_of(quantize);
  if (!target) return std::nullopt;
  Chain chain;
  const auto function = chain.function_of(target->source);
  if (!function || !chain.source() || chain.nodes() == 0) return std::nullopt;
  Step step{&quantize, {chain.source()->codes}, nullptr};
  step.run = [table = table_of(*function, chain.source()->quantization, *target), dtype = target->quantization.dtype](
                 std::span<const Tensor> inputs, int) { return run(table, dtype, inputs[0]); };
  return step;
}

}  // namespace headrace::reference
