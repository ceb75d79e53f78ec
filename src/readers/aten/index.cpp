// Elements by their indices.
#include <algorithm>
#include <limits>

#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

constexpr int64_t kFar = std::numeric_limits<int64_t>::max();

Value* as_index(Call& call, Value* index) {
  if (index->dtype == DType::kBool || index->dtype == DType::kUint8)
    refuse("a selection by a mask, whose result has a size that depends on the data");
  return index->dtype == DType::kInt32 ? index : call.b.cast(index, DType::kInt64);
}

void embedding(Call& call) {
  call.ignore({"padding_idx", "scale_grad_by_freq", "sparse"});
  call.result(call.b.op("Gather", {call.tensor("weight"), as_index(call, call.tensor("indices"))}, {{"axis", 0}}));
}

void index_select(Call& call) {
  Value* x = call.tensor("self");
  call.result(call.b.op("Gather", {x, as_index(call, call.tensor("index"))}, {{"axis", axis_of(call.integer("dim"), x)}}));
}

void gather(Call& call) {
  Value* x = call.tensor("self");
  call.ignore({"sparse_grad"});
  call.result(
      call.b.op("GatherElements", {x, as_index(call, call.tensor("index"))}, {{"axis", axis_of(call.integer("dim"), x)}}));
}

struct Selection {
  std::vector<int64_t> axes;  // that are indexed
  std::vector<Value*> indices;
  bool neighbours = true;  // the axes stand side by side
};

Selection selection_of(Call& call) {
  Selection selection;
  const std::vector<Value*> indices = call.optional_tensors("indices");
  for (size_t axis = 0; axis < indices.size(); ++axis) {
    if (indices[axis] == nullptr) continue;
    selection.neighbours &= selection.axes.empty() || selection.axes.back() + 1 == static_cast<int64_t>(axis);
    selection.axes.push_back(static_cast<int64_t>(axis));
    selection.indices.push_back(as_index(call, indices[axis]));
  }
  if (selection.axes.empty()) malformed("no index is given");
  return selection;
}

int64_t broadcast_rank(const std::vector<Value*>& indices) {
  int64_t rank = 0;
  for (const Value* index : indices) rank = std::max(rank, rank_of(index));
  return rank;
}

// Shape of the broadcast indices: their sum has it.
Value* broadcast_shape(Builder& b, const std::vector<Value*>& indices) {
  std::optional<Dims> known = Dims{};
  for (const Value* index : indices) {
    const auto dims = known_dims(*index->shape);
    known = known && dims ? broadcast(*known, *dims) : std::nullopt;
  }
  if (known) return b.ints(*known);
  Value* sum = indices.front();
  for (size_t i = 1; i < indices.size(); ++i) sum = b.op("Add", {b.cast(sum, DType::kInt64), b.cast(indices[i], DType::kInt64)});
  return b.op("Shape", {sum});
}

// Indices of several axes joined in a last axis, as GatherND and ScatterND read them.
Value* joined(Builder& b, const std::vector<Value*>& indices) {
  bool equal = true;
  for (const Value* index : indices) equal &= index->shape == indices.front()->shape;
  Value* shape = equal ? nullptr : broadcast_shape(b, indices);
  std::vector<Value*> parts;
  const int64_t rank = broadcast_rank(indices);
  for (Value* index : indices) {
    Value* wide = b.cast(index, DType::kInt64);
    if (shape != nullptr) wide = b.op("Expand", {wide, shape});
    parts.push_back(unsqueezed(b, wide, {rank}));
  }
  return parts.size() == 1 ? parts.front() : b.op("Concat", parts, {{"axis", -1}});
}

Ints front_permutation(const Selection& selection, int64_t rank) {
  Ints permutation = selection.axes;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (std::find(selection.axes.begin(), selection.axes.end(), axis) == selection.axes.end()) permutation.push_back(axis);
  return permutation;
}

// Where the axes that the indices make stand in what x[indices] is; axes[i] is the place of the result's axis i once the indexed
// axes are in front.
Ints result_axes(const Selection& selection, int64_t index_rank, int64_t rank) {
  const int64_t before = selection.neighbours ? selection.axes.front() : 0;
  Ints axes;
  for (int64_t i = 0; i < before; ++i) axes.push_back(index_rank + i);
  for (int64_t i = 0; i < index_rank; ++i) axes.push_back(i);
  for (int64_t i = index_rank + before; i < index_rank + rank - static_cast<int64_t>(selection.axes.size()); ++i)
    axes.push_back(i);
  return axes;
}

Ints inverse(const Ints& permutation) {
  Ints result(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) result.at(static_cast<size_t>(permutation[i])) = static_cast<int64_t>(i);
  return result;
}

// One index is a Gather. Several: their axes go to the front, GatherND takes them, and where they stood side by side the result's
// axes go back to their place; else PyTorch leaves them in front.
void index(Call& call) {
  Builder& b = call.b;
  Value* x = call.tensor("self");
  const Selection selection = selection_of(call);
  if (selection.axes.size() == 1)
    return call.result(b.op("Gather", {x, selection.indices.front()}, {{"axis", selection.axes.front()}}));
  Value* gathered = b.op("GatherND", {transposed(b, x, front_permutation(selection, rank_of(x))), joined(b, selection.indices)});
  call.result(transposed(b, gathered, result_axes(selection, broadcast_rank(selection.indices), rank_of(x))));
}

// The new elements in the order of ScatterND: as x[indices] has them, which they broadcast to, then with the indices' axes in
// front.
Value* updates_for(Call& call, Value* front, Value* indices, const Selection& selection, int64_t rank) {
  Builder& b = call.b;
  const int64_t index_rank = broadcast_rank(selection.indices);
  Value* positions = b.op("Shape", {indices}, {{"start", 0}, {"end", index_rank}});
  Value* rest = b.op("Shape", {front}, {{"start", static_cast<int64_t>(selection.axes.size())}});
  Value* shape = b.op("Concat", {positions, rest}, {{"axis", 0}});
  Value* values = b.cast(call.tensor("values"), call.output_dtype());
  const Ints axes = result_axes(selection, index_rank, rank);
  if (std::is_sorted(axes.begin(), axes.end())) return b.op("Expand", {values, shape});
  Value* as_result = b.op("Gather", {shape, b.ints(axes)}, {{"axis", 0}});
  return transposed(b, b.op("Expand", {values, as_result}), inverse(axes));
}

void index_put(Call& call) {
  Builder& b = call.b;
  Value* x = call.tensor("self");
  call.ignore({"unsafe"});
  const Selection selection = selection_of(call);
  const Ints permutation = front_permutation(selection, rank_of(x));
  Value* front = transposed(b, x, permutation);
  Value* indices = joined(b, selection.indices);
  Attributes attributes;
  if (call.flag("accumulate", false)) attributes["reduction"] = std::string("add");
  Value* changed = b.op("ScatterND", {front, indices, updates_for(call, front, indices, selection, rank_of(x))}, attributes);
  call.result(transposed(b, changed, inverse(permutation)));
}

void scatter_with(Call& call, const std::string& reduction) {
  Builder& b = call.b;
  Value* x = call.tensor("self");
  Value* indices = as_index(call, call.tensor("index"));
  const std::string_view source = call.has("src") ? "src" : "value";
  Value* updates = call.operand(source, x->dtype);
  if (!call.is_tensor(source)) updates = b.op("Expand", {updates, b.op("Shape", {indices})});
  else if (updates->shape != indices->shape)
    for (int64_t axis = 0; axis < rank_of(indices); ++axis) {  // elements past the indices are not used
      if (dim_of(indices, axis) == dim_of(updates, axis)) continue;
      Value* end = size_of(indices, axis).emit(b);
      const auto shape = updates->shape;
      updates = b.op("Slice", {updates, b.ints({0}), end, b.ints({axis})});
      updates->shape = shape;
    }
  call.result(
      b.op("ScatterElements", {x, indices, updates}, {{"axis", axis_of(call.integer("dim"), x)}, {"reduction", reduction}}));
}
void scatter(Call& call) {
  const std::string reduce = call.text("reduce", "none");
  scatter_with(call, reduce == "multiply" ? "mul" : reduce);
}
void scatter_add(Call& call) { scatter_with(call, "add"); }

// A slice or an index replaced: the part before, the new, and the part behind.
void slice_scatter(Call& call) {
  Builder& b = call.b;
  Value *x = call.tensor("self"), *source = call.operand("src", x->dtype);
  const int64_t axis = axis_of(call.integer("dim", 0), x), step = call.integer("step", 1);
  const bool whole = call.integer("start", 0) == 0 && call.integer("end", kFar) == kFar && step == 1;
  if (whole) return call.result(source);
  const int64_t extent = extent_of(x, axis);
  const auto clamped = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + extent : i, 0, extent); };
  const int64_t start = clamped(call.integer("start", 0)), end = clamped(call.integer("end", extent));
  if (step != 1) refuse("a strided slice is replaced");
  std::vector<Value*> parts;
  if (start > 0) parts.push_back(sliced(b, x, axis, 0, start));
  parts.push_back(source);
  if (end < extent) parts.push_back(sliced(b, x, axis, end, extent));
  call.result(parts.size() == 1 ? source : b.op("Concat", parts, {{"axis", axis}}));
}
void select_scatter(Call& call) {
  Builder& b = call.b;
  Value *x = call.tensor("self"), *source = call.operand("src", x->dtype);
  const int64_t axis = axis_of(call.integer("dim"), x), extent = extent_of(x, axis);
  int64_t at = call.integer("index");
  if (at < 0) at += extent;
  std::vector<Value*> parts;
  if (at > 0) parts.push_back(sliced(b, x, axis, 0, at));
  parts.push_back(unsqueezed(b, source, {axis}));
  if (at + 1 < extent) parts.push_back(sliced(b, x, axis, at + 1, extent));
  call.result(parts.size() == 1 ? parts.front() : b.op("Concat", parts, {{"axis", axis}}));
}

void one_hot(Call& call) {
  Builder& b = call.b;
  const Size classes = call.size("num_classes", -1);
  if (classes.constant() == -1) refuse("one_hot without a number of classes, which would depend on the data");
  Value* off_on = b.constant("off_on", Tensor::from(Dims{2}, std::vector<int64_t>{0, 1}));
  call.result(b.op("OneHot", {as_index(call, call.tensor("self")), classes.emit(b), off_on}, {{"axis", -1}}));
}

constexpr Entry kOps[] = {
    {"aten.embedding", embedding},
    {"aten.index_select", index_select},
    {"aten.gather", gather},
    {"aten.take_along_dim", gather},
    {"aten.index", index},
    {"aten._unsafe_index", index},
    {"aten.index_put", index_put},
    {"aten._unsafe_index_put", index_put},
    {"aten.scatter", scatter},
    {"aten.scatter_add", scatter_add},
    {"aten.slice_scatter", slice_scatter},
    {"aten.select_scatter", select_scatter},
    {"aten.one_hot", one_hot},
};

}  // namespace

std::span<const Entry> index_ops() { return kOps; }

}  // namespace headrace::aten
