// Scaled dot-product attention, written out: softmax(scale q k^T + mask) v.
#include <cmath>
#include <limits>

#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

Value* swapped_last_axes(Builder& b, Value* value) {
  Ints axes;
  for (int64_t axis = 0; axis < rank_of(value); ++axis) axes.push_back(axis);
  std::swap(axes.at(axes.size() - 1), axes.at(axes.size() - 2));
  return transposed(b, value, axes);
}

double scale_of(Call& call, const Value* query) {
  if (call.has("scale")) return call.real("scale");
  return 1 / std::sqrt(static_cast<double>(extent_of(query, rank_of(query) - 1)));
}

// 0 where attention is allowed, minus infinity where not.
Value* additive(Builder& b, Value* allowed, DType dtype) {
  return b.op("Where", {allowed, b.number(0, dtype), b.number(-std::numeric_limits<double>::infinity(), dtype)});
}

// Position i sees positions up to i.
Value* causal_mask(Builder& b, Value* query, Value* key) {
  const Size rows = size_of(query, rank_of(query) - 2), columns = size_of(key, rank_of(key) - 2);
  Value* ones = b.op("Expand", {b.number(1, DType::kInt32), emit(b, std::vector<Size>{rows, columns})});
  return b.cast(b.op("Trilu", {ones}, {{"upper", 0}}), DType::kBool);
}

Value* masked(Call& call, Value* scores, Value* query, Value* key) {
  Builder& b = call.b;
  if (call.flag("is_causal", false)) return b.op("Add", {scores, additive(b, causal_mask(b, query, key), query->dtype)});
  Value* mask = call.optional_tensor(call.has("attn_mask") ? "attn_mask" : "attn_bias");
  if (mask == nullptr) return scores;
  if (mask->dtype == DType::kBool) mask = additive(b, mask, query->dtype);
  return b.op("Add", {scores, b.cast(mask, query->dtype)});
}

// Grouped queries: each head of keys and values serves several heads of queries.
Value* repeated_heads(Builder& b, Value* value, int64_t times) {
  if (times == 1) return value;
  if (times < 1 || times > 4096) refuse("more than 4096 queries for each key");
  const int64_t rank = rank_of(value), axis = rank - 3;
  Ints ones(static_cast<size_t>(rank + 1), 1);
  ones.at(static_cast<size_t>(axis + 1)) = times;
  Value* expanded = b.op("Expand", {unsqueezed(b, value, {axis + 1}), b.ints(ones)});
  std::vector<Size> sizes = sizes_of(value);
  sizes.at(static_cast<size_t>(axis)) = Size::known(extent_of(value, axis) * times);
  Shape shape = *value->shape;
  shape.at(static_cast<size_t>(axis)).extent *= times;
  Value* merged = b.op("Reshape", {expanded, emit(b, sizes)});
  merged->shape = shape;
  return merged;
}

void attention(Call& call) {
  Builder& b = call.b;
  Value *query = call.tensor("query"), *key = call.tensor("key"), *value = call.tensor("value");
  if (call.real("dropout_p", 0) != 0) refuse("attention with dropout: call model.eval() before torch.export");
  call.ignore({"compute_log_sumexp", "return_debug_mask", "compute_logsumexp", "dropout_mask"});
  if (call.flag("enable_gqa", false)) {
    const int64_t times = extent_of(query, rank_of(query) - 3) / std::max<int64_t>(1, extent_of(key, rank_of(key) - 3));
    key = repeated_heads(b, key, times);
    value = repeated_heads(b, value, times);
  }
  Value* scaled = b.op("Mul", {query, b.number(scale_of(call, query), query->dtype)});
  Value* scores = masked(call, b.op("MatMul", {scaled, swapped_last_axes(b, key)}), query, key);
  call.result(b.op("MatMul", {b.op("Softmax", {scores}, {{"axis", -1}}), value}));
}

constexpr Entry kOps[] = {
    {"aten.scaled_dot_product_attention", attention},
    {"aten._scaled_dot_product_flash_attention_for_cpu", attention},
    {"aten._scaled_dot_product_efficient_attention", attention},
    {"aten._scaled_dot_product_flash_attention", attention},
    {"aten._scaled_dot_product_attention_math", attention},
    {"aten._scaled_dot_product_attention_math_for_mps", attention},
};

}  // namespace

std::span<const Entry> attention_ops() { return kOps; }

}  // namespace headrace::aten
