// Ops that move elements without changing them.
#include <algorithm>
#include <limits>
#include <numeric>

#include "readers/aten/shapes.h"
#include "readers/aten/spatial.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

constexpr int64_t kFar = std::numeric_limits<int64_t>::max();

Value* self_of(Call& call) { return call.tensor(call.has("self") ? "self" : "input"); }

void identity(Call& call) {
  call.ignore({"dtype", "other", "implicit", "lift_fresh"});
  call.result(call.b.cast(self_of(call), call.output_dtype()));  // `to` and its kin say the type by their result
}

void dropout(Call& call) {
  call.ignore({"p"});
  if (call.flag("train", false)) refuse("dropout in training mode: call model.eval() before torch.export");
  call.result(self_of(call));
}
void native_dropout(Call& call) {
  call.ignore({"p"});
  if (call.flag("train", false)) refuse("dropout in training mode: call model.eval() before torch.export");
  call.result(self_of(call));
}

// The sizes that the call names, where -1 stands for what the result's shape tells.
std::vector<Size> named_sizes(Call& call, std::string_view name) {
  std::vector<Size> sizes = call.sizes(name);
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i].constant() == -1 && i < call.output_shape().size() && call.output_shape()[i].known())
      sizes[i] = Size::known(call.output_shape()[i].extent);
  return sizes;
}

void reshape(Call& call) {
  const std::string_view name = call.has("shape") ? "shape" : "size";
  call.result(reshaped(call.b, self_of(call), call.output_shape(), named_sizes(call, name)));
}

// The product of neighbouring sizes is left to the one -1; sizes before and behind stay where they are or move as a whole.
void flatten(Call& call) {
  Value* x = self_of(call);
  if (rank_of(x) == 0) return call.result(call.b.op("Reshape", {x, call.b.ints({1})}));
  const int64_t start = axis_of(call.integer("start_dim", 0), x), end = axis_of(call.integer("end_dim", -1), x);
  std::vector<Size> sizes;
  for (int64_t axis = 0; axis < rank_of(x); ++axis) {
    if (axis > start && axis <= end) sizes.back() = Size::computed("Mul", sizes.back(), size_of(x, axis), "");
    else sizes.push_back(size_of(x, axis));
  }
  call.result(reshaped(call.b, x, call.output_shape(), sizes));
}

void unflatten(Call& call) {
  Value* x = self_of(call);
  std::vector<Size> sizes = sizes_of(x);
  const int64_t axis = axis_of(call.integer("dim"), x);
  const std::vector<Size> parts = call.sizes("sizes");
  sizes.erase(sizes.begin() + axis);
  sizes.insert(sizes.begin() + axis, parts.begin(), parts.end());
  call.result(reshaped(call.b, x, call.output_shape(), sizes));
}

void shape_of_other(Call& call) {
  call.result(reshaped(call.b, self_of(call), call.output_shape(), sizes_of(call.tensor("other"))));
}

void squeeze(Call& call) {
  Value* x = self_of(call);
  Ints axes;
  const Ints asked = call.ints("dim", Ints{});
  for (int64_t axis = 0; axis < rank_of(x); ++axis) {
    const bool chosen =
        asked.empty() || std::any_of(asked.begin(), asked.end(), [&](int64_t a) { return axis_of(a, x) == axis; });
    if (chosen && dim_of(x, axis).extent == 1) axes.push_back(axis);
  }
  call.result(squeezed(call.b, x, axes));
}

void unsqueeze(Call& call) {
  Value* x = self_of(call);
  call.result(unsqueezed(call.b, x, {axis_of(call.integer("dim"), rank_of(x) + 1)}));
}

Ints in_order(int64_t rank) {
  Ints axes(static_cast<size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

void permute(Call& call) {
  Value* x = self_of(call);
  Ints axes = call.ints("dims", Ints{});
  for (int64_t& axis : axes) axis = axis_of(axis, x);
  call.result(transposed(call.b, x, axes));
}

void transpose(Call& call) {
  Value* x = self_of(call);
  Ints axes = in_order(rank_of(x));
  if (axes.size() < 2) return call.result(x);
  const std::string_view first = call.has("axis0") ? "axis0" : "dim0", second = call.has("axis1") ? "axis1" : "dim1";
  std::swap(axes.at(static_cast<size_t>(axis_of(call.integer(first, 0), x))),
            axes.at(static_cast<size_t>(axis_of(call.integer(second, 1), x))));
  call.result(transposed(call.b, x, axes));
}

void matrix_transpose(Call& call) {
  Value* x = self_of(call);
  Ints axes = in_order(rank_of(x));
  if (axes.size() < 2) malformed("a transposed matrix of rank below 2");
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  call.result(transposed(call.b, x, axes));
}

void reverse_axes(Call& call) {
  Value* x = self_of(call);
  Ints axes = in_order(rank_of(x));
  std::reverse(axes.begin(), axes.end());
  call.result(transposed(call.b, x, axes));
}

void movedim(Call& call) {
  Value* x = self_of(call);
  Ints from = call.ints("source"), to = call.ints("destination");
  Ints axes(static_cast<size_t>(rank_of(x)), -1);
  std::vector<bool> moved(axes.size(), false);
  for (size_t i = 0; i < from.size(); ++i) {
    axes.at(static_cast<size_t>(axis_of(to.at(i), x))) = axis_of(from[i], x);
    moved.at(static_cast<size_t>(axis_of(from[i], x))) = true;
  }
  int64_t next = 0;
  for (int64_t& axis : axes) {
    if (axis >= 0) continue;
    while (moved.at(static_cast<size_t>(next))) ++next;
    axis = next++;
  }
  call.result(transposed(call.b, x, axes));
}

// -1 keeps the extent; Expand does the same for 1.
void expand(Call& call) {
  Value* x = self_of(call);
  const std::vector<Size> asked = call.sizes("size");
  const size_t added = asked.size() - std::min(asked.size(), static_cast<size_t>(rank_of(x)));
  std::vector<Size> sizes;
  bool changes = added > 0;
  for (size_t i = 0; i < asked.size(); ++i) {
    const bool kept = i >= added && (asked[i].constant() == -1 || asked[i].is(dim_of(x, static_cast<int64_t>(i - added))));
    sizes.push_back(kept ? Size::known(1) : asked[i]);
    changes |= !kept;
  }
  call.result(changes ? call.b.op("Expand", {x, emit(call.b, sizes)}) : x);
}
void expand_as(Call& call) {
  Value* x = self_of(call);
  Value* other = call.tensor("other");
  call.result(x->shape == other->shape ? x : call.b.op("Expand", {x, emit(call.b, sizes_of(other))}));
}

std::vector<Value*> cast_tensors(Call& call) {
  std::vector<Value*> tensors;
  for (Value* tensor : call.tensors("tensors")) {
    if (rank_of(tensor) == 1 && dim_of(tensor, 0).extent == 0 && call.output_shape().size() != 1)
      continue;  // an old way to say "nothing"
    tensors.push_back(call.b.cast(tensor, call.output_dtype()));
  }
  return tensors;
}

void cat(Call& call) {
  const std::vector<Value*> tensors = cast_tensors(call);
  if (tensors.empty()) malformed("nothing to join");
  const int64_t axis = axis_of(call.integer("dim", 0), tensors.front());
  call.result(tensors.size() == 1 ? tensors.front() : call.b.op("Concat", tensors, {{"axis", axis}}));
}

// Scalars become vectors; vstack makes rows of vectors.
void join_as(Call& call, int64_t least_rank) {
  std::vector<Value*> tensors = cast_tensors(call);
  if (tensors.empty()) malformed("nothing to join");
  int64_t rank = least_rank;
  for (Value*& tensor : tensors) {
    Ints axes;
    for (int64_t axis = 0; axis < least_rank - rank_of(tensor); ++axis) axes.push_back(axis);
    rank = std::max(rank, rank_of(tensor));
    tensor = unsqueezed(call.b, tensor, axes);
  }
  const int64_t axis = least_rank == 1 && rank > 1 ? 1 : 0;
  call.result(call.b.op("Concat", tensors, {{"axis", axis}}));
}
void hstack(Call& call) { join_as(call, 1); }
void vstack(Call& call) { join_as(call, 2); }

void stack(Call& call) {
  std::vector<Value*> tensors = cast_tensors(call);
  if (tensors.empty()) malformed("nothing to join");
  const int64_t axis = axis_of(call.integer("dim", 0), rank_of(tensors.front()) + 1);
  for (Value*& tensor : tensors) tensor = unsqueezed(call.b, tensor, {axis});
  call.result(tensors.size() == 1 ? tensors.front() : call.b.op("Concat", tensors, {{"axis", axis}}));
}

// Parts of the extents that the results have.
void split(Call& call) {
  Value* x = self_of(call);
  const int64_t axis = axis_of(call.integer("dim", 0), x);
  call.ignore({"split_size", "split_sizes", "chunks", "sections", "indices", "indices_or_sections", "split_size_or_sections"});
  const size_t count = call.output_count();
  if (count == 1) return call.result(x);
  Ints extents;
  for (size_t i = 0; i < count; ++i) {
    const Dim& dim = call.output_shape(i).at(static_cast<size_t>(axis));
    if (!dim.known()) refuse("parts of dynamic size");
    extents.push_back(dim.extent);
  }
  call.results(call.b.ops("Split", count, {x, call.b.ints(extents)}, {{"axis", axis}}));
}

void unbind(Call& call) {
  Value* x = self_of(call);
  const int64_t axis = axis_of(call.integer("dim", 0), x);
  std::vector<Value*> parts{x};
  const auto count = static_cast<int64_t>(call.output_count());
  if (count > 1) parts = call.b.ops("Split", call.output_count(), {x}, {{"axis", axis}, {"num_outputs", count}});
  for (Value*& part : parts) part = squeezed(call.b, part, {axis});
  call.results(parts);
}

// A bound of a slice, as a vector of one; negative ones count from the end in ONNX, too.
Value* bound(Call& call, std::string_view name, int64_t otherwise) { return call.size(name, otherwise).emit(call.b); }

void slice(Call& call) {
  Value* x = self_of(call);
  const int64_t axis = axis_of(call.integer("dim", 0), x), step = call.integer("step", 1);
  const Size start = call.size("start", 0), end = call.size("end", kFar);
  const Dim& dim = dim_of(x, axis);
  const bool to_the_end =
      end.is(dim) || (end.constant() && (*end.constant() == kFar || (dim.known() && *end.constant() >= dim.extent)));
  if (start.constant() == 0 && to_the_end && step == 1) return call.result(x);
  call.result(call.b.op("Slice", {x, bound(call, "start", 0), to_the_end ? call.b.ints({kFar}) : bound(call, "end", kFar),
                                  call.b.ints({axis}), step == 1 ? nullptr : call.b.ints({step})}));
}

void narrow(Call& call) {
  Value* x = self_of(call);
  const int64_t axis = axis_of(call.integer("dim"), x);
  const Size start = call.size("start"), end = Size::computed("Add", start, call.size("length"), "");
  call.result(call.b.op("Slice", {x, start.emit(call.b), end.emit(call.b), call.b.ints({axis})}));
}

void select(Call& call) {
  Value* x = self_of(call);
  const int64_t axis = axis_of(call.integer("dim"), x);
  const Size index = call.size("index");
  if (index.constant())
    return call.result(call.b.op("Gather", {x, call.b.constant_scalar(*index.constant(), DType::kInt64)}, {{"axis", axis}}));
  call.result(squeezed(call.b, call.b.op("Gather", {x, index.emit(call.b)}, {{"axis", axis}}), {axis}));
}

void repeat(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  const std::vector<Size> repeats = call.sizes(call.has("repeats") ? "repeats" : "dims");
  Ints added;
  for (int64_t axis = 0; axis + rank_of(x) < static_cast<int64_t>(repeats.size()); ++axis) added.push_back(axis);
  std::vector<Size> all(static_cast<size_t>(std::max<int64_t>(0, rank_of(x) - static_cast<int64_t>(repeats.size()))),
                        Size::known(1));
  all.insert(all.end(), repeats.begin(), repeats.end());
  if (all.empty()) return call.result(x);
  call.result(b.op("Tile", {unsqueezed(b, x, added), emit(b, all)}));
}

// Each element a number of times: a new axis behind it, expanded and merged.
void repeat_interleave(Call& call) {
  Builder& b = call.b;
  if (call.is_tensor("repeats")) refuse("repeats that differ from element to element");
  Value* x = self_of(call);
  call.ignore({"output_size"});
  if (!call.has("dim")) {
    const Shape flat{call.output_shape().at(0).known() && rank_of(x) == 1 ? dim_of(x, 0) : Dim{}};
    x = b.op("Reshape", {x, b.ints({-1})});
    x->shape = flat;
  }
  const int64_t axis = axis_of(call.integer("dim", 0), x), repeats = call.integer("repeats");
  Ints ones(static_cast<size_t>(rank_of(x) + 1), 1);
  ones.at(static_cast<size_t>(axis + 1)) = repeats;
  Value* expanded = b.op("Expand", {unsqueezed(b, x, {axis + 1}), b.ints(ones)});
  std::vector<Size> sizes;
  for (int64_t i = 0; i < rank_of(x); ++i) sizes.push_back(i == axis ? Size::known(-1) : size_of(x, i));
  for (size_t i = 0; i < sizes.size(); ++i)
    if (const Dim& dim = call.output_shape().at(i); dim.known()) sizes[i] = Size::known(dim.extent);
  call.result(b.op("Reshape", {expanded, emit(b, sizes)}));
}

void flip(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  const Ints axes = axes_of(call.ints("dims", Ints{}), x);
  if (axes.empty()) return call.result(x);
  const Ints last(axes.size(), -1), before_first(axes.size(), std::numeric_limits<int64_t>::min());
  call.result(b.op("Slice", {x, b.ints(last), b.ints(before_first), b.ints(axes), b.ints(last)}));
}

Value* rolled(Builder& b, Value* x, int64_t shift, int64_t axis) {
  const Dim& dim = dim_of(x, axis);
  if (dim.known() && dim.extent > 0) shift = (shift % dim.extent + dim.extent) % dim.extent;
  if (shift == 0) return x;
  Value* result = b.op("Concat", {sliced(b, x, axis, -shift, kFar), sliced(b, x, axis, 0, -shift)}, {{"axis", axis}});
  result->shape = x->shape;
  return result;
}

void roll(Call& call) {
  Value* x = self_of(call);
  const Ints shifts = call.ints("shifts"), axes = call.ints("dims", Ints{});
  if (axes.empty()) {
    Value* flat = call.b.op("Reshape", {x, call.b.ints({-1})});
    flat->shape = Shape{Dim{}};
    return call.result(reshaped(call.b, rolled(call.b, flat, shifts.at(0), 0), *x->shape, sizes_of(x)));
  }
  for (size_t i = 0; i < axes.size(); ++i) x = rolled(call.b, x, shifts.at(i), axis_of(axes[i], x));
  call.result(x);
}

// PyTorch lists pads from the last axis on, begin and end of each; ONNX all begins, then all ends. Negative ones cut off.
void padded(Call& call, const std::string& mode, double value) {
  Builder& b = call.b;
  Value* x = self_of(call);
  const std::vector<Size> given = call.sizes(call.has("pad") ? "pad" : "padding");
  const auto rank = static_cast<size_t>(rank_of(x));
  if (given.size() % 2 != 0 || given.size() / 2 > rank) malformed("pads that do not fit the tensor's rank");
  std::vector<Size> pads(2 * rank, Size::known(0));
  for (size_t i = 0; i < given.size() / 2; ++i) {
    pads[rank - 1 - i] = given[2 * i];
    pads[2 * rank - 1 - i] = given[2 * i + 1];
  }
  if (std::all_of(pads.begin(), pads.end(), [](const Size& pad) { return pad.constant() == 0; })) return call.result(x);
  const DType dtype = x->dtype;
  if (dtype == DType::kBool) x = b.cast(x, DType::kInt32);
  call.result(b.op("Pad", {x, emit(b, pads), mode == "constant" ? b.number(value, x->dtype) : nullptr}, {{"mode", mode}}));
}

void pad(Call& call) {
  const std::string mode = call.text("mode", "constant");
  const double value = call.real("value", 0);
  if (mode == "constant") return padded(call, mode, value);
  if (mode == "reflect") return padded(call, mode, 0);
  if (mode == "replicate") return padded(call, "edge", 0);
  if (mode == "circular") return padded(call, "wrap", 0);
  refuse("padding mode '" + mode + "'");
}
void constant_pad(Call& call) { padded(call, "constant", call.real("value", 0)); }
void reflection_pad(Call& call) { padded(call, "reflect", 0); }
void replication_pad(Call& call) { padded(call, "edge", 0); }

// [..., c r r, h, w] to [..., c, h r, w r]; both are one Reshape, one Transpose and one Reshape.
void pixel_shuffle(Call& call) {
  Value* x = self_of(call);
  if (rank_of(x) != 4) refuse("pixel_shuffle of a tensor of rank " + std::to_string(rank_of(x)));
  call.result(call.b.op("DepthToSpace", {x}, {{"blocksize", call.integer("upscale_factor")}, {"mode", std::string("CRD")}}));
}
// SpaceToDepth puts the block before the channel, PyTorch behind it.
void pixel_unshuffle(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  if (rank_of(x) != 4) refuse("pixel_unshuffle of a tensor of rank " + std::to_string(rank_of(x)));
  const int64_t r = call.integer("downscale_factor"), c = extent_of(x, 1), h = extent_of(x, 2) / r, w = extent_of(x, 3) / r;
  Value* blocks = b.op("Transpose", {b.op("Reshape", {x, b.ints({0, c, h, r, w, r})})}, {{"perm", Ints{0, 1, 3, 5, 2, 4}}});
  call.result(b.op("Reshape", {blocks, b.ints({0, c * r * r, h, w})}));
}
void channel_shuffle(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  const int64_t groups = call.integer("groups"), channels = extent_of(x, 1);
  Value* grouped = b.op("Reshape", {x, b.ints({0, groups, channels / groups, -1})});
  Value* mixed = b.op("Transpose", {grouped}, {{"perm", Ints{0, 2, 1, 3}}});
  mixed->shape = Shape{dim_of(x, 0), Dim{}, Dim{}, Dim{}};
  call.result(reshaped(b, mixed, *x->shape, sizes_of(x)));
}

// Windows along an axis, which become a last axis.
void unfold(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  const int64_t axis = axis_of(call.integer("dimension"), x), size = call.integer("size"), step = call.integer("step");
  const int64_t windows = (extent_of(x, axis) - size) / step + 1;
  if (size < 0 || step < 1 || windows < 1 || windows > (1 << 20) / std::max<int64_t>(size, 1))
    malformed("windows that do not fit");
  std::vector<int64_t> indices;
  for (int64_t w = 0; w < windows; ++w)
    for (int64_t i = 0; i < size; ++i) indices.push_back(w * step + i);
  Value* gathered = b.op("Gather", {x, b.constant("windows", Tensor::from(Dims{windows, size}, indices))}, {{"axis", axis}});
  Ints permutation = in_order(rank_of(x) + 1);
  permutation.erase(permutation.begin() + axis + 1);
  permutation.push_back(axis + 1);
  call.result(transposed(b, gathered, permutation));
}

void im2col(Call& call) {
  Batched image(call.b, call.tensor("self"), 2);
  const Blocks blocks{per_axis(call.ints("kernel_size"), 2), per_axis(call.ints("stride"), 2), per_axis(call.ints("padding"), 2),
                      per_axis(call.ints("dilation"), 2)};
  call.result(image.restored(columns_of(call.b, image.value(), blocks)));
}

// Blocks added back to where they came from in an image.
void col2im(Call& call) {
  Builder& b = call.b;
  const Ints kernel = per_axis(call.ints("kernel_size"), 2);
  Batched columns(b, call.tensor("self"), 1);
  call.result(columns.restored(b.op("Col2Im", {columns.value(), b.ints(per_axis(call.ints("output_size"), 2)), b.ints(kernel)},
                                    {{"dilations", per_axis(call.ints("dilation"), 2)},
                                     {"pads", both_sides(per_axis(call.ints("padding"), 2))},
                                     {"strides", per_axis(call.ints("stride"), 2)}})));
}

void triangle(Call& call, bool upper) {
  Builder& b = call.b;
  Value* x = self_of(call);
  Value* diagonal = b.constant_scalar(call.integer("diagonal", 0), DType::kInt64);
  const DType dtype = x->dtype;
  if (dtype == DType::kBool) x = b.cast(x, DType::kInt32);
  call.result(b.op("Trilu", {x, diagonal}, {{"upper", upper ? 1 : 0}}));
}
void tril(Call& call) { triangle(call, false); }
void triu(Call& call) { triangle(call, true); }

void meshgrid(Call& call) {
  Builder& b = call.b;
  const std::vector<Value*> tensors = call.tensors("tensors");
  const bool xy = call.text("indexing", "ij") == "xy" && tensors.size() > 1;
  std::vector<Size> sizes;
  for (Value* tensor : tensors) sizes.push_back(rank_of(tensor) == 0 ? Size::known(1) : size_of(tensor, 0));
  if (xy) std::swap(sizes[0], sizes[1]);
  Value* shape = emit(b, sizes);
  std::vector<Value*> grids;
  for (size_t i = 0; i < tensors.size(); ++i) {
    Ints axes;
    const size_t own = xy && i < 2 ? 1 - i : i;
    for (size_t axis = 0; axis < tensors.size(); ++axis)
      if (axis != own) axes.push_back(static_cast<int64_t>(axis));
    Value* flat = rank_of(tensors[i]) == 0 ? unsqueezed(b, tensors[i], {0}) : tensors[i];
    grids.push_back(b.op("Expand", {unsqueezed(b, flat, axes), shape}));
  }
  call.results(grids);
}

void broadcast_tensors(Call& call) {
  std::vector<Value*> results;
  const std::vector<Value*> tensors = call.tensors("tensors");
  for (size_t i = 0; i < tensors.size(); ++i) {
    Value* value = tensors[i];
    for (Value* other : tensors)  // the shape is that of their sum
      if (other->shape != tensors[i]->shape) value = call.b.op("Expand", {value, call.b.op("Shape", {other})});
    results.push_back(value);
  }
  call.results(results);
}

constexpr Entry kOps[] = {
    {"aten.detach", identity},
    {"aten.alias", identity},
    {"aten.clone", identity},
    {"aten.contiguous", identity},
    {"aten.positive", identity},
    {"aten.lift_fresh", identity},
    {"aten.lift_fresh_copy", identity},
    {"aten.to", identity},
    {"aten._to_copy", identity},
    {"aten.type_as", identity},
    {"aten.float", identity},
    {"prims.convert_element_type", identity},
    {"prims.device_put", identity},
    {"aten.dropout", dropout},
    {"aten.feature_dropout", dropout},
    {"aten.alpha_dropout", dropout},
    {"aten.feature_alpha_dropout", dropout},
    {"aten.native_dropout", native_dropout},
    {"aten.view", reshape},
    {"aten.reshape", reshape},
    {"aten._unsafe_view", reshape},
    {"aten._reshape_copy", reshape},
    {"aten.view_copy", reshape},
    {"aten.flatten", flatten},
    {"aten.unflatten", unflatten},
    {"aten.view_as", shape_of_other},
    {"aten.reshape_as", shape_of_other},
    {"aten.squeeze", squeeze},
    {"aten.squeeze_copy", squeeze},
    {"aten.unsqueeze", unsqueeze},
    {"aten.permute", permute},
    {"aten.transpose", transpose},
    {"aten.swapaxes", transpose},
    {"aten.swapdims", transpose},
    {"aten.t", transpose},
    {"aten.mT", matrix_transpose},
    {"aten.adjoint", matrix_transpose},
    {"aten.numpy_T", reverse_axes},
    {"aten.movedim", movedim},
    {"aten.moveaxis", movedim},
    {"aten.expand", expand},
    {"aten.broadcast_to", expand},
    {"aten.expand_as", expand_as},
    {"aten.cat", cat},
    {"aten.concat", cat},
    {"aten.concatenate", cat},
    {"aten.hstack", hstack},
    {"aten.vstack", vstack},
    {"aten.stack", stack},
    {"aten.split", split},
    {"aten.split_with_sizes", split},
    {"aten.chunk", split},
    {"aten.tensor_split", split},
    {"aten.unsafe_split", split},
    {"aten.unsafe_chunk", split},
    {"aten.unbind", unbind},
    {"aten.slice", slice},
    {"aten.narrow", narrow},
    {"aten.select", select},
    {"aten.repeat", repeat},
    {"aten.tile", repeat},
    {"aten.repeat_interleave", repeat_interleave},
    {"aten.flip", flip},
    {"aten.roll", roll},
    {"aten.pad", pad},
    {"aten.constant_pad_nd", constant_pad},
    {"aten.reflection_pad1d", reflection_pad},
    {"aten.reflection_pad2d", reflection_pad},
    {"aten.reflection_pad3d", reflection_pad},
    {"aten.replication_pad1d", replication_pad},
    {"aten.replication_pad2d", replication_pad},
    {"aten.replication_pad3d", replication_pad},
    {"aten.pixel_shuffle", pixel_shuffle},
    {"aten.pixel_unshuffle", pixel_unshuffle},
    {"aten.channel_shuffle", channel_shuffle},
    {"aten.native_channel_shuffle", channel_shuffle},
    {"aten.unfold", unfold},
    {"aten.im2col", im2col},
    {"aten.col2im", col2im},
    {"aten.tril", tril},
    {"aten.triu", triu},
    {"aten.meshgrid", meshgrid},
    {"aten.broadcast_tensors", broadcast_tensors},
};

}  // namespace

std::span<const Entry> shape_ops() { return kOps; }

}  // namespace headrace::aten
