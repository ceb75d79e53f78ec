// Convolutions, plain and transposed.
#include "readers/aten/shapes.h"
#include "readers/aten/spatial.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

Ints kernel_shape(const Value* weight) {
  Ints kernel;
  for (int64_t axis = 2; axis < rank_of(weight); ++axis) kernel.push_back(extent_of(weight, axis));
  return kernel;
}

// "same": what keeps the size; an odd rest goes to the end.
Ints padding_by_name(const std::string& name, const Ints& kernel, const Ints& dilation) {
  Ints begin, end;
  if (name != "same" && name != "valid") refuse("padding '" + name + "' is not known");
  for (size_t i = 0; i < kernel.size(); ++i) {
    const int64_t total = name == "same" ? dilation[i] * (kernel[i] - 1) : 0;
    begin.push_back(total / 2);
    end.push_back(total - total / 2);
  }
  begin.insert(begin.end(), end.begin(), end.end());
  return begin;
}

bool is_text(const Call& call, std::string_view name) {
  for (const pt2::NamedArgument& input : call.node().inputs)
    if (input.name == name) return std::holds_alternative<std::string>(input.value);
  return false;
}

Value* convolved(Call& call, bool is_transposed, const Ints& output_padding) {
  Value* weight = call.tensor("weight");
  const Ints kernel = kernel_shape(weight);
  const size_t axes = kernel.size();
  const Ints dilation = per_axis(call.ints("dilation", {1}), axes);
  const Ints pads = is_text(call, "padding") ? padding_by_name(call.text("padding", ""), kernel, dilation)
                                             : both_sides(per_axis(call.ints("padding", {0}), axes));
  Attributes attributes{{"kernel_shape", kernel},
                        {"strides", per_axis(call.ints("stride", {1}), axes)},
                        {"pads", pads},
                        {"dilations", dilation},
                        {"group", call.integer("groups", 1)}};
  if (is_transposed) attributes["output_padding"] = per_axis(output_padding, axes);
  Batched input(call.b, call.tensor("input"), axes);
  return input.restored(
      call.b.op(is_transposed ? "ConvTranspose" : "Conv", {input.value(), weight, call.optional_tensor("bias")}, attributes));
}

// As many groups as samples, which no attribute can say (each sample has weights of its own): a product of matrices per group.
//   x [1, g c, h, w] and weights [g o, c, kh, kw] to [1, g o, h', w']
Value* convolved_by_sample(Call& call, const Size& groups) {
  Builder& b = call.b;
  Value *x = call.tensor("input"), *weight = call.tensor("weight");
  if (rank_of(weight) != 4 || dim_of(x, 0).extent != 1 || call.has("bias"))
    refuse("a convolution with a dynamic number of groups");
  const Ints kernel = kernel_shape(weight);
  const int64_t channels = extent_of(weight, 1);
  Value* images = b.op("Reshape", {x, b.ints({-1, channels, extent_of(x, 2), extent_of(x, 3)})});
  images->shape = Shape{Dim{}, Dim{channels, {}}, dim_of(x, 2), dim_of(x, 3)};
  Value* columns = columns_of(b, images,
                              {kernel, per_axis(call.ints("stride", {1}), 2), per_axis(call.ints("padding", {0}), 2),
                               per_axis(call.ints("dilation", {1}), 2)});
  const std::vector<Size> rows{groups, Size::known(-1), Size::known(channels * kernel[0] * kernel[1])};
  Value* product = b.op("MatMul", {b.op("Reshape", {weight, emit(b, rows)}), columns});
  const Shape& shape = call.output_shape();
  if (!shape.at(2).known() || !shape.at(3).known()) refuse("a convolution with a dynamic number of groups and a dynamic size");
  return b.op("Reshape", {product, b.ints({1, -1, shape[2].extent, shape[3].extent})});
}

void conv(Call& call) {
  const Size groups = call.size("groups", 1);
  call.result(groups.constant() ? convolved(call, false, {0}) : convolved_by_sample(call, groups));
}
void conv_transpose(Call& call) { call.result(convolved(call, true, call.ints("output_padding", {0}))); }

void convolution(Call& call) {
  const Ints output_padding = call.ints("output_padding", {0});
  call.result(convolved(call, call.flag("transposed", false), output_padding));
}

constexpr Entry kOps[] = {
    {"aten.conv1d", conv},
    {"aten.conv2d", conv},
    {"aten.conv3d", conv},
    {"aten.convolution", convolution},
    {"aten._convolution", convolution},
    {"aten.conv_transpose1d", conv_transpose},
    {"aten.conv_transpose2d", conv_transpose},
    {"aten.conv_transpose3d", conv_transpose},
};

}  // namespace

std::span<const Entry> conv_ops() { return kOps; }

}  // namespace headrace::aten
