#include "readers/aten/views.h"

#include <algorithm>
#include <array>
#include <limits>

#include "readers/aten/shapes.h"

namespace headrace::aten {
namespace {

constexpr std::array<std::string_view, 6> kReshapes = {"aten.view",      "aten.reshape", "aten.flatten",
                                                       "aten.unflatten", "aten.squeeze", "aten.unsqueeze"};
constexpr std::array<std::string_view, 9> kIdentities = {"aten.detach",     "aten.alias",           "aten.dropout",
                                                         "aten.to",         "aten.contiguous",      "aten.positive",
                                                         "aten.lift_fresh", "aten.feature_dropout", "aten.type_as"};
constexpr std::array<std::string_view, 18> kOtherViews = {
    "aten.permute", "aten.transpose", "aten.t",      "aten.slice",    "aten.select",   "aten.expand",
    "aten.chunk",   "aten.split",     "aten.unbind", "aten.narrow",   "aten.movedim",  "aten.split_with_sizes",
    "aten.view_as", "aten.expand_as", "aten.unfold", "aten.diagonal", "aten.swapaxes", "aten.reshape_as"};

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `parent` with [start, end) of `axis` replaced.
Value* replaced_range(Builder& b, Value* parent, Value* part, int64_t axis, int64_t start, int64_t end) {
  std::vector<Value*> parts;
  if (start > 0) parts.push_back(sliced(b, parent, axis, 0, start));
  parts.push_back(part);
  const bool to_the_end = end == std::numeric_limits<int64_t>::max() || dim_of(parent, axis).extent == end;
  if (!to_the_end) parts.push_back(sliced(b, parent, axis, end, std::numeric_limits<int64_t>::max()));
  return parts.size() == 1 ? part : b.op("Concat", parts, {{"axis", axis}});
}

int64_t from_front(int64_t index, const Value* parent, int64_t axis) {
  return index < 0 ? index + extent_of(parent, axis) : index;
}

Value* write_slice(Call& call, Value* parent, Value* changed) {
  if (call.integer("step", 1) != 1) refuse("a strided slice is changed in place while the whole is used later");
  const int64_t axis = axis_of(call.integer("dim", 0), parent);
  const int64_t end = call.integer("end", std::numeric_limits<int64_t>::max());
  const Dim& dim = dim_of(parent, axis);
  return replaced_range(call.b, parent, changed, axis, from_front(call.integer("start", 0), parent, axis),
                        end < 0 ? from_front(end, parent, axis) : (dim.known() ? std::min(end, dim.extent) : end));
}

Value* write_select(Call& call, Value* parent, Value* changed) {
  const int64_t axis = axis_of(call.integer("dim"), parent);
  const int64_t index = from_front(call.integer("index"), parent, axis);
  return replaced_range(call.b, parent, unsqueezed(call.b, changed, {axis}), axis, index, index + 1);
}

Value* write_transpose(Call& call, Value* parent, Value* changed) {
  const int64_t rank = rank_of(parent);
  Ints permutation;
  for (int64_t axis = 0; axis < rank; ++axis) permutation.push_back(axis);
  if (call.op() == "aten.permute") {
    const Ints axes = call.ints("dims");
    for (int64_t i = 0; i < rank; ++i) permutation.at(static_cast<size_t>(axis_of(axes.at(static_cast<size_t>(i)), rank))) = i;
  } else {
    std::swap(permutation.at(static_cast<size_t>(axis_of(call.integer("dim0", 0), rank))),
              permutation.at(static_cast<size_t>(axis_of(call.integer("dim1", 1), rank))));
  }
  return transposed(call.b, changed, permutation);
}

Value* write_part_of_list(Call& call, size_t output, Value* parent, Value* changed) {
  const int64_t axis = axis_of(call.integer("dim", 0), parent);
  int64_t start = 0;
  for (size_t i = 0; i < output; ++i)
    start += call.op() == "aten.unbind" ? 1 : call.output_shape(i).at(static_cast<size_t>(axis)).extent;
  if (call.op() == "aten.unbind")
    return replaced_range(call.b, parent, unsqueezed(call.b, changed, {axis}), axis, start, start + 1);
  const int64_t extent = call.output_shape(output).at(static_cast<size_t>(axis)).extent;
  if (extent < 0) refuse("a part of dynamic size is changed in place while the whole is used later");
  return replaced_range(call.b, parent, changed, axis, start, start + extent);
}

}  // namespace

bool is_view(std::string_view op) { return contains(kReshapes, op) || contains(kIdentities, op) || contains(kOtherViews, op); }

bool may_return_its_argument(std::string_view op) { return contains(kIdentities, op); }

Value* written_back(Call& call, size_t output, Value* parent, Value* changed) {
  const std::string& op = call.op();
  if (contains(kReshapes, op)) return reshaped(call.b, changed, *parent->shape, sizes_of(parent));
  if (contains(kIdentities, op)) return changed;
  if (op == "aten.slice") return write_slice(call, parent, changed);
  if (op == "aten.select") return write_select(call, parent, changed);
  if (op == "aten.permute" || op == "aten.transpose" || op == "aten.t") return write_transpose(call, parent, changed);
  if (op == "aten.chunk" || op == "aten.split" || op == "aten.split_with_sizes" || op == "aten.unbind")
    return write_part_of_list(call, output, parent, changed);
  refuse("what " + op + " shows of a tensor is changed in place, and the tensor is used later");
}

}  // namespace headrace::aten
