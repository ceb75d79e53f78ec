// Reductions, running sums and sorting.
#include <algorithm>
#include <cmath>
#include <limits>

#include "readers/aten/promote.h"
#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

Value* self_of(Call& call) { return call.b.cast(call.tensor("self"), call.output_dtype()); }

// All axes where none are given.
Ints reduced_axes(Call& call, const Value* x, std::string_view name = "dim") {
  Ints axes = axes_of(call.ints(name, Ints{}), x);
  if (axes.empty())
    for (int64_t axis = 0; axis < rank_of(x); ++axis) axes.push_back(axis);
  return rank_of(x) == 0 ? Ints{} : axes;
}

Value* reduced(Call& call, std::string_view op, Value* x, const Ints& axes, bool keep) {
  if (axes.empty()) return x;
  return call.b.op(op, {x, call.b.ints(axes)}, {{"keepdims", keep ? 1 : 0}});
}

// Bools and narrow integers are not reduced by every engine.
Value* as_number(Call& call, Value* x) {
  const bool narrow = x->dtype == DType::kBool || bits_of(x->dtype) < 32;
  return narrow && !is_floating(x->dtype) ? call.b.cast(x, DType::kInt32) : x;
}

void reduce(Call& call, std::string_view op) {
  call.ignore({"dtype"});  // the result's type tells
  Value* x = as_number(call, self_of(call));
  const bool keep = call.flag("keepdim", false);
  call.result(reduced(call, op, x, reduced_axes(call, x), keep));
}
void sum(Call& call) { reduce(call, "ReduceSum"); }
void mean(Call& call) { reduce(call, "ReduceMean"); }
void amax(Call& call) { reduce(call, "ReduceMax"); }
void amin(Call& call) { reduce(call, "ReduceMin"); }
void prod(Call& call) { reduce(call, "ReduceProd"); }
void logsumexp(Call& call) { reduce(call, "ReduceLogSumExp"); }

void any_or_all(Call& call, std::string_view op) {
  Builder& b = call.b;
  Value* x = b.cast(b.cast(call.tensor("self"), DType::kBool), DType::kInt32);
  const bool keep = call.flag("keepdim", false);
  call.result(reduced(call, op, x, reduced_axes(call, x), keep));
}
void any(Call& call) { any_or_all(call, "ReduceMax"); }
void all(Call& call) { any_or_all(call, "ReduceMin"); }

void count_nonzero(Call& call) {
  Builder& b = call.b;
  Value* x = b.cast(b.cast(call.tensor("self"), DType::kBool), DType::kInt64);
  call.result(reduced(call, "ReduceSum", x, reduced_axes(call, x), false));
}

Value* index_of(Call& call, std::string_view op, Value* x, int64_t axis, bool keep) {
  if (x->dtype == DType::kBool) x = call.b.cast(x, DType::kInt32);
  return call.b.op(op, {x}, {{"axis", axis}, {"keepdims", keep ? 1 : 0}});
}

// Three ops in one: the extreme element, the extreme along an axis with its index, and the greater of two tensors.
void extreme(Call& call, bool most) {
  Builder& b = call.b;
  if (call.has("other")) {
    const DType dtype = call.output_dtype();
    return call.result(b.op(most ? "Max" : "Min", {call.operand("self", dtype), call.operand("other", dtype)}));
  }
  Value* x = as_number(call, call.tensor("self"));
  if (!call.has("dim")) return call.result(reduced(call, most ? "ReduceMax" : "ReduceMin", x, reduced_axes(call, x), false));
  const int64_t axis = axis_of(call.integer("dim"), x);
  const bool keep = call.flag("keepdim", false);
  Value* values = reduced(call, most ? "ReduceMax" : "ReduceMin", x, {axis}, keep);
  call.results({values, index_of(call, most ? "ArgMax" : "ArgMin", x, axis, keep)});
}
void max(Call& call) { extreme(call, true); }
void min(Call& call) { extreme(call, false); }

void arg_extreme(Call& call, std::string_view op) {
  Value* x = call.tensor("self");
  const bool keep = call.flag("keepdim", false);
  if (call.has("dim")) return call.result(index_of(call, op, x, axis_of(call.integer("dim"), x), keep));
  Value* index = index_of(call, op, call.b.op("Reshape", {x, call.b.ints({-1})}), 0, false);
  call.result(reshaped(call.b, index, call.output_shape()));
}
void argmax(Call& call) { arg_extreme(call, "ArgMax"); }
void argmin(Call& call) { arg_extreme(call, "ArgMin"); }

// The number of elements that are reduced, as a scalar; a constant where the sizes are.
Value* count_of(Call& call, Value* x, const Ints& axes) {
  Size count = Size::known(1);
  for (const int64_t axis : axes) count = Size::computed("Mul", count, size_of(x, axis), "");
  if (count.constant()) return call.b.number(static_cast<double>(*count.constant()), x->dtype);
  return call.b.cast(squeezed(call.b, count.emit(call.b), {0}), x->dtype);
}

struct Moments {
  Value *variance, *mean;
};

Moments moments_of(Call& call, Value* x) {
  Builder& b = call.b;
  const Ints axes = reduced_axes(call, x);
  const bool keep = call.flag("keepdim", false);
  const double correction = call.has("correction") ? call.real("correction") : call.flag("unbiased", true) ? 1 : 0;
  Value* centred = b.op("Sub", {x, reduced(call, "ReduceMean", x, axes, true)});
  Value* squares = b.op("Mul", {centred, centred});
  Value* mean = reduced(call, "ReduceMean", x, axes, keep);
  if (correction == 0) return {reduced(call, "ReduceMean", squares, axes, keep), mean};
  Value* freedom = b.op("Sub", {count_of(call, x, axes), b.number(correction, x->dtype)});
  return {b.op("Div", {reduced(call, "ReduceSum", squares, axes, keep), freedom}), mean};
}

void var(Call& call) { call.result(moments_of(call, call.tensor("self")).variance); }
void std_deviation(Call& call) { call.result(call.b.op("Sqrt", {moments_of(call, call.tensor("self")).variance})); }
void var_mean(Call& call) {
  const Moments moments = moments_of(call, call.tensor("self"));
  call.results({moments.variance, moments.mean});
}
void std_mean(Call& call) {
  const Moments moments = moments_of(call, call.tensor("self"));
  call.results({call.b.op("Sqrt", {moments.variance}), moments.mean});
}

void vector_norm(Call& call, double order) {
  Builder& b = call.b;
  call.ignore({"dtype"});
  Value* x = self_of(call);
  const Ints axes = reduced_axes(call, x);
  const bool keep = call.flag("keepdim", false);
  if (order == 2) return call.result(reduced(call, "ReduceL2", x, axes, keep));
  if (order == 1) return call.result(reduced(call, "ReduceL1", x, axes, keep));
  Value* absolute = b.op("Abs", {x});
  if (std::isinf(order)) return call.result(reduced(call, order > 0 ? "ReduceMax" : "ReduceMin", absolute, axes, keep));
  if (order == 0) {
    Value* nonzero = b.cast(b.op("Greater", {absolute, b.number(0, x->dtype)}), x->dtype);
    return call.result(reduced(call, "ReduceSum", nonzero, axes, keep));
  }
  Value* powers = reduced(call, "ReduceSum", b.op("Pow", {absolute, b.number(order, x->dtype)}), axes, keep);
  call.result(b.op("Pow", {powers, b.number(1 / order, x->dtype)}));
}
void linalg_vector_norm(Call& call) { vector_norm(call, call.real("ord", 2)); }
void norm(Call& call) { vector_norm(call, call.real("p", 2)); }

Value* dot_along(Call& call, Value* x, Value* y, int64_t axis) {
  return call.b.op("ReduceSum", {call.b.op("Mul", {x, y}), call.b.ints({axis})}, {{"keepdims", 0}});
}

// x1 x2 / (|x1| |x2|), each length at least eps.
void cosine_similarity(Call& call) {
  Builder& b = call.b;
  Value *x = b.cast(call.tensor("x1"), call.output_dtype()), *y = b.cast(call.tensor("x2"), call.output_dtype());
  const int64_t axis = axis_of(call.integer("dim", 1), std::max(rank_of(x), rank_of(y)));
  if (rank_of(x) != rank_of(y)) refuse("vectors in tensors of different rank");
  Value* eps = b.number(call.real("eps", 1e-8), x->dtype);
  const auto length = [&](Value* v) { return b.op("Max", {b.op("ReduceL2", {v, b.ints({axis})}, {{"keepdims", 0}}), eps}); };
  call.result(b.op("Div", {b.op("Div", {dot_along(call, x, y, axis), length(x)}), length(y)}));
}

void pairwise_distance(Call& call) {
  Builder& b = call.b;
  Value *x = b.cast(call.tensor("x1"), call.output_dtype()), *y = b.cast(call.tensor("x2"), call.output_dtype());
  const double order = call.real("p", 2);
  if (order != 1 && order != 2) refuse("a distance of order other than 1 and 2");
  Value* difference = b.op("Add", {b.op("Sub", {x, y}), b.number(call.real("eps", 1e-6), x->dtype)});
  call.result(reduced(call, order == 2 ? "ReduceL2" : "ReduceL1", difference, {-1}, call.flag("keepdim", false)));
}

void cumsum(Call& call) {
  call.ignore({"dtype"});
  Value* x = as_number(call, self_of(call));
  const int64_t axis = axis_of(call.integer("dim"), x);
  if (rank_of(call.tensor("self")) == 0) return call.result(x);
  call.result(call.b.op("CumSum", {x, call.b.constant_scalar(axis, DType::kInt64)}));
}

void topk(Call& call) {
  Value* x = call.tensor("self");
  const int64_t axis = axis_of(call.integer("dim", -1), x);
  call.results(call.b.ops(
      "TopK", 2, {x, call.size("k").emit(call.b)},
      {{"axis", axis}, {"largest", call.flag("largest", true) ? 1 : 0}, {"sorted", call.flag("sorted", true) ? 1 : 0}}));
}

// Equal elements keep their order in TopK: the lower index comes first.
std::vector<Value*> sorted(Call& call) {
  Value* x = call.tensor("self");
  const int64_t axis = axis_of(call.integer("dim", -1), x);
  call.ignore({"stable"});
  const bool descending = call.flag("descending", false);
  return call.b.ops("TopK", 2, {x, size_of(x, axis).emit(call.b)},
                    {{"axis", axis}, {"largest", descending ? 1 : 0}, {"sorted", 1}});
}
void sort(Call& call) { call.results(sorted(call)); }
void argsort(Call& call) { call.result(sorted(call)[1]); }

constexpr Entry kOps[] = {
    {"aten.sum", sum},
    {"aten.mean", mean},
    {"aten.amax", amax},
    {"aten.amin", amin},
    {"aten.prod", prod},
    {"aten.logsumexp", logsumexp},
    {"aten.any", any},
    {"aten.all", all},
    {"aten.count_nonzero", count_nonzero},
    {"aten.max", max},
    {"aten.min", min},
    {"aten.argmax", argmax},
    {"aten.argmin", argmin},
    {"aten.var", var},
    {"aten.std", std_deviation},
    {"aten.var_mean", var_mean},
    {"aten.std_mean", std_mean},
    {"aten.linalg_vector_norm", linalg_vector_norm},
    {"aten.norm", norm},
    {"aten.cosine_similarity", cosine_similarity},
    {"aten.pairwise_distance", pairwise_distance},
    {"aten.cumsum", cumsum},
    {"aten.topk", topk},
    {"aten.sort", sort},
    {"aten.argsort", argsort},
};

}  // namespace

std::span<const Entry> reduce_ops() { return kOps; }

}  // namespace headrace::aten
