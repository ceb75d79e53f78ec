#include "passes/shape_values.h"

#include <algorithm>
#include <limits>

#include "passes/pattern.h"

namespace headrace::passes {
namespace {

using Found = std::optional<ShapeVector>;
constexpr size_t kMaxElements = 64;

// Walks up from a value. The budget bounds the work on graphs that read the same values again and again.
class Walk {
 public:
  Found find(const Value* value) {
    if (value == nullptr || --budget_ < 0) return std::nullopt;
    if (const Tensor* tensor = constant_of(value)) return of_constant(*tensor);
    const Node* node = value->producer();
    if (node == nullptr || !node->domain.empty() || node->output() != value) return std::nullopt;
    if (node->is("Shape")) return of_shape(*node);
    if (node->is("Gather")) return of_gather(*node);
    if (node->is("Concat")) return of_concat(*node);
    if (node->is("Slice")) return of_slice(*node);
    if (node->is("Identity")) return find(node->input(0));
    if (node->is("Cast"))
      return node->int_attribute("to", 0) == static_cast<int64_t>(DType::kInt64) ? find(node->input(0)) : Found();
    if (node->is("Squeeze") || node->is("Unsqueeze")) return of_squeeze(*node);
    if (node->is("Mul") || node->is("Add") || node->is("Sub") || node->is("Div")) return of_arithmetic(*node);
    return std::nullopt;
  }

 private:
  static Found of_constant(const Tensor& tensor) {
    if (tensor.dtype() != DType::kInt64 || tensor.rank() > 1 || tensor.size() > kMaxElements) return std::nullopt;
    ShapeVector vector{tensor.rank() == 0, {}};
    for (const int64_t number : tensor.as<int64_t>()) vector.elements.push_back({number});
    return vector;
  }

  static Found of_shape(const Node& node) {
    const Value* x = node.input(0);
    if (x == nullptr || !x->shape) return std::nullopt;
    const auto rank = static_cast<int64_t>(x->shape->size());
    const auto clamp = [rank](int64_t axis) { return std::clamp(axis < 0 ? axis + rank : axis, int64_t{0}, rank); };
    ShapeVector vector;
    for (int64_t axis = clamp(node.int_attribute("start", 0)); axis < clamp(node.int_attribute("end", rank)); ++axis) {
      const Dim& dim = (*x->shape)[static_cast<size_t>(axis)];
      if (dim.known()) vector.elements.push_back({dim.extent});
      else vector.elements.push_back({std::nullopt, x, static_cast<size_t>(axis)});
    }
    return vector;
  }

  Found of_gather(const Node& node) {
    const auto data = find(node.input(0));
    const auto indices = constant_ints(node.input(1));
    if (!data || data->scalar || !indices || node.input(1)->constant().rank() > 1) return std::nullopt;
    ShapeVector vector{node.input(1)->constant().rank() == 0, {}};
    const auto count = static_cast<int64_t>(data->elements.size());
    for (const int64_t index : *indices) {
      if (index < -count || index >= count) return std::nullopt;
      vector.elements.push_back(data->elements[static_cast<size_t>(index < 0 ? index + count : index)]);
    }
    return vector;
  }

  Found of_concat(const Node& node) {
    ShapeVector vector;
    for (const Value* input : node.inputs()) {
      const auto part = find(input);
      if (!part || part->scalar) return std::nullopt;
      vector.elements.insert(vector.elements.end(), part->elements.begin(), part->elements.end());
    }
    return vector;
  }

  Found of_slice(const Node& node) {
    const auto starts = ints_operand(node, 1, "starts"), ends = ints_operand(node, 2, "ends");
    auto data = find(node.input(0));
    if (!data || data->scalar || !starts || !ends || starts->size() != 1 || ends->size() != 1) return std::nullopt;
    if (node.input(4) != nullptr && uniform_constant(node.input(4)) != 1.0) return std::nullopt;
    const auto count = static_cast<int64_t>(data->elements.size());
    const auto clamp = [count](int64_t at) { return std::clamp(at < 0 ? at + count : at, int64_t{0}, count); };
    const int64_t begin = clamp(starts->front()), end = std::max(begin, clamp(ends->front()));
    return ShapeVector{false, {data->elements.begin() + begin, data->elements.begin() + end}};
  }

  // Between a scalar and a vector of one element; those are the only ranks there are here.
  Found of_squeeze(const Node& node) {
    auto data = find(node.input(0));
    const bool to_scalar = node.is("Squeeze");
    if (!data || data->elements.size() != 1 || data->scalar == to_scalar) return std::nullopt;
    const auto axes = ints_operand(node, 1, "axes");
    const bool all_axes = to_scalar && node.input(1) == nullptr && node.attribute("axes") == nullptr;
    if (!all_axes && (!axes || axes->size() != 1)) return std::nullopt;
    data->scalar = to_scalar;
    return data;
  }

  Found of_arithmetic(const Node& node) {
    const auto a = find(node.input(0)), b = find(node.input(1));
    if (!a || !b || a->elements.empty() || b->elements.empty()) return std::nullopt;
    const size_t count = std::max(a->elements.size(), b->elements.size());
    ShapeVector vector{a->scalar && b->scalar, std::vector<ShapeElement>(count)};
    for (const auto* side : {&*a, &*b})
      if (side->elements.size() != 1 && side->elements.size() != count) return std::nullopt;
    for (size_t i = 0; i < count; ++i) {
      const auto x = a->elements[a->elements.size() == 1 ? 0 : i].number, y = b->elements[b->elements.size() == 1 ? 0 : i].number;
      if (x && y) vector.elements[i].number = compute(node.op_type, *x, *y);
    }
    return vector;
  }

  static std::optional<int64_t> compute(const std::string& op, int64_t x, int64_t y) {
    int64_t result = 0;
    if (op == "Div") {
      if (x < 0 || y <= 0) return std::nullopt;  // extents are not negative; engines differ in how they round below zero
      return x / y;
    }
    const bool overflow = op == "Mul"   ? __builtin_mul_overflow(x, y, &result)
                          : op == "Add" ? __builtin_add_overflow(x, y, &result)
                                        : __builtin_sub_overflow(x, y, &result);
    return overflow ? std::nullopt : std::optional(result);
  }

  int budget_ = 200;
};

}  // namespace

Found shape_vector(const Value* value) { return Walk().find(value); }

std::optional<Tensor> as_tensor(const ShapeVector& vector) {
  std::vector<int64_t> numbers;
  for (const ShapeElement& element : vector.elements) {
    if (!element.number) return std::nullopt;
    numbers.push_back(*element.number);
  }
  return Tensor::from(vector.scalar ? Dims{} : Dims{static_cast<int64_t>(numbers.size())}, numbers);
}

}  // namespace headrace::passes
