// Pools, concatenation, enlargement, and ops that only give the same values another shape.
#include <algorithm>
#include <cmath>

#include "engines/native/layers/move.h"
#include "engines/native/layers/pointwise.h"
#include "engines/native/layers/pool.h"
#include "engines/native/lower/lowering.h"
#include "passes/pattern.h"

namespace headrace::native {

namespace {

// Window and padding of a pool, from its attributes.
Result<Window> pool_window(const Node& node) {
  HEADRACE_CHECK(check_window(node));
  if (node.string_attribute("auto_pad", "NOTSET") != "NOTSET") return cannot(node, "auto_pad is not supported for pools");
  const auto kernel = node.ints_attribute("kernel_shape"), strides = node.ints_attribute("strides");
  const auto dilations = node.ints_attribute("dilations"), pads = node.ints_attribute("pads");
  if (kernel.size() != 2) return cannot(node, "it is not two-dimensional");
  const auto get = [](const std::vector<int64_t>& v, size_t i, int otherwise) {
    return i < v.size() ? static_cast<int>(v[i]) : otherwise;
  };
  Window w{.kernel_h = static_cast<int>(kernel[0]), .kernel_w = static_cast<int>(kernel[1])};
  w.stride_h = get(strides, 0, 1), w.stride_w = get(strides, 1, 1);
  w.dilation_h = get(dilations, 0, 1), w.dilation_w = get(dilations, 1, 1);
  w.pad_top = get(pads, 0, 0), w.pad_left = get(pads, 1, 0), w.pad_bottom = get(pads, 2, 0), w.pad_right = get(pads, 3, 0);
  w.ceil = node.int_attribute("ceil_mode", 0) != 0;
  return w;
}

bool pads(const Window& w) { return w.ceil || w.pad_top + w.pad_left + w.pad_bottom + w.pad_right > 0; }

// Whether `to` is N x everything else of the pictures `from`.
bool lays_flat(const Node& node, const Shape& from, const Shape& to) {
  if (from.size() != 4 || to.size() != 2) return false;
  if (node.is("Flatten")) return node.int_attribute("axis", 1) == 1 || node.int_attribute("axis", 1) == -3;
  if (from[0] == to[0] && (from[0].known() || !from[0].symbol.empty())) return true;
  const bool known = from[1].known() && from[2].known() && from[3].known();
  return known && to[1].extent == from[1].extent * from[2].extent * from[3].extent;
}

// Whether a Resize to the nearest neighbour by a whole factor repeats every pixel that often.
bool repeats_pixels(const Lowering& lowering, const Node& node, int factor) {
  if (factor == 1 || lowering.opset() < 11) return true;
  const std::string coordinates = node.string_attribute("coordinate_transformation_mode", "half_pixel");
  const std::string rounding = node.string_attribute("nearest_mode", "round_prefer_floor");
  if (coordinates == "asymmetric") return rounding == "floor" || (rounding == "round_prefer_floor" && factor == 2);
  const bool centred =
      coordinates == "half_pixel" || coordinates == "pytorch_half_pixel" || coordinates == "half_pixel_symmetric";
  return centred && rounding.starts_with("round");
}

// Whether codes may be moved as they are: in and out mean the same.
bool same_codes(const Codes& in, const Requantisation& out) {
  return in.quantisation == out.quantisation && out.minimum == 0 && out.maximum == 255;
}

TableLayer::Table requantising_table(const Quantisation& in, const Requantisation& out) {
  TableLayer::Table table;
  for (int q = 0; q < 256; ++q) {
    const float x = static_cast<float>(q - in.zero_point) * in.scale;
    const float code = std::nearbyint(x / out.quantisation.scale) + static_cast<float>(out.quantisation.zero_point);
    table[q] = static_cast<uint8_t>(std::clamp(code, static_cast<float>(out.minimum), static_cast<float>(out.maximum)));
  }
  return table;
}

// The codes under the output's quantisation: the tensor itself, or what a table makes of it.
TensorId requantised(Lowering& lowering, const Node& node, const Codes& in, const Requantisation& out, const Value* name) {
  if (same_codes(in, out)) return in.tensor;
  const TensorId tensor = lowering.add_anonymous(name->name() + " (requantised)", Element::kU8, out.quantisation);
  lowering.add_layer<TableLayer>(node.name, in.tensor, tensor, requantising_table(in.quantisation, out));
  return tensor;
}

Status max_pool(Lowering& lowering, const Node& node, const Window& window) {
  const auto codes = lowering.codes_of(node.input(0));
  const auto out = lowering.requantisation(node.output());
  PoolSpec spec{.window = window};
  if (codes && out) {
    spec.element = Element::kU8;
    const TensorId input = requantised(lowering, node, *codes, *out, node.input(0));
    lowering.tensor(input).quantisation = out->quantisation;
    lowering.add_layer<PoolLayer>(node.name, pads(window) ? lowering.padded(input, 0) : input, lowering.add_codes(*out), spec);
    return Ok{};
  }
  HEADRACE_TRY(TensorId input, lowering.floats_of(node.input(0)));
  const bool nonnegative = lowering.tensor(input).nonnegative;
  if (pads(window)) input = lowering.padded(input, -INFINITY);
  const TensorId output = lowering.add_tensor(node.output(), Element::kF32);
  lowering.tensor(output).nonnegative = nonnegative;
  lowering.add_layer<PoolLayer>(node.name, input, output, spec);
  return Ok{};
}

template <typename Layer>
Status average(Lowering& lowering, const Node& node, PoolSpec spec, bool padding) {
  spec.average = true;
  const auto codes = lowering.codes_of(node.input(0));
  const auto out = lowering.requantisation(node.output());
  if (codes && out && out->minimum == 0 && out->maximum == 255) {
    spec.element = Element::kU8;
    spec.in = codes->quantisation, spec.out = out->quantisation;
    lowering.tensor(codes->tensor).quantisation = codes->quantisation;
    const TensorId input = padding ? lowering.padded(codes->tensor, lowering.zero_of(codes->tensor)) : codes->tensor;
    lowering.add_layer<Layer>(node.name, input, lowering.add_codes(*out), spec);
    return Ok{};
  }
  HEADRACE_TRY(TensorId input, lowering.floats_of(node.input(0)));
  const bool nonnegative = lowering.tensor(input).nonnegative;
  if (padding) input = lowering.padded(input, 0);
  const TensorId output = lowering.add_tensor(node.output(), Element::kF32);
  lowering.tensor(output).nonnegative = nonnegative;
  lowering.add_layer<Layer>(node.name, input, output, spec);
  return Ok{};
}

// A concatenation's input may be written where it is to stand: nobody else reads it, and it has memory of its own.
bool may_stand_in_place(Lowering& lowering, TensorId id, const Value* value, const std::vector<TensorId>& all) {
  return passes::only_reader(value) != nullptr && lowering.tensor(id).parent < 0 && !lowering.tensor(id).padded &&
         std::count(all.begin(), all.end(), id) == 1 && lowering.written_by_layer(id);
}

Status concat(Lowering& lowering, const Node& node, std::vector<TensorId> inputs, const std::vector<const Value*>& values,
              TensorId output) {
  std::vector<bool> in_place;
  int channel = 0;
  bool known = true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape* shape = node.input(i)->shape ? &*node.input(i)->shape : nullptr;
    known = known && shape != nullptr && shape->size() > 1 && (*shape)[1].known();
    in_place.push_back(known && may_stand_in_place(lowering, inputs[i], values[i], inputs));
    if (in_place.back()) {
      lowering.tensor(inputs[i]).parent = output;
      lowering.tensor(inputs[i]).parent_channel = channel;
    }
    if (known) channel += static_cast<int>((*shape)[1].extent);
  }
  lowering.add_layer<ConcatLayer>(node.name, std::move(inputs), output, std::move(in_place));
  return Ok{};
}

}  // namespace

Status lower_pool(Lowering& lowering, const Node& node) {
  HEADRACE_TRY(const Window window, pool_window(node));
  if (node.is("MaxPool")) {
    if (node.output(1) != nullptr && !node.output(1)->uses().empty()) return cannot(node, "its indices are read");
    return max_pool(lowering, node, window);
  }
  PoolSpec spec{.window = window};
  spec.count_padding = node.int_attribute("count_include_pad", 0) != 0;
  return average<PoolLayer>(lowering, node, spec, pads(window));
}

Status lower_global_pool(Lowering& lowering, const Node& node) {
  if (!node.input(0)->shape || node.input(0)->shape->size() != 4) return cannot(node, "its input is not of rank 4");
  if (node.is("ReduceMean")) {
    auto axes = passes::ints_operand(node, 1, "axes");
    if (!axes) return cannot(node, "its axes are not constant");
    for (int64_t& axis : *axes) axis += axis < 0 ? 4 : 0;
    std::sort(axes->begin(), axes->end());
    if (*axes != std::vector<int64_t>{2, 3}) return cannot(node, "it is not over height and width");
  }
  return average<GlobalPoolLayer>(lowering, node, {}, false);
}

Status lower_concat(Lowering& lowering, const Node& node) {
  const int64_t axis = node.int_attribute("axis", 1);
  const Shape* shape = node.output()->shape ? &*node.output()->shape : nullptr;
  if (shape == nullptr || (axis < 0 ? axis + static_cast<int64_t>(shape->size()) : axis) != 1)
    return cannot(node, "it is not along channels");
  const auto out = lowering.requantisation(node.output());
  std::vector<Codes> codes;
  for (const Value* value : node.inputs())
    if (const auto found = lowering.codes_of(value)) codes.push_back(*found);
  std::vector<TensorId> inputs;
  std::vector<const Value*> values;
  if (out && codes.size() == node.inputs().size()) {
    for (size_t i = 0; i < codes.size(); ++i) {
      inputs.push_back(requantised(lowering, node, codes[i], *out, node.input(i)));
      values.push_back(node.input(i)->producer()->input(0));
      // A tensor that a table made belongs to this node alone; one read through a DequantizeLinear with other readers does not.
      if (inputs.back() == codes[i].tensor && passes::only_reader(node.input(i)) == nullptr) values.back() = node.input(i);
    }
    return concat(lowering, node, std::move(inputs), values, lowering.add_codes(*out));
  }
  bool nonnegative = true;
  for (const Value* value : node.inputs()) {
    HEADRACE_TRY(const TensorId input, lowering.floats_of(value));
    inputs.push_back(input);
    values.push_back(value);
    nonnegative = nonnegative && lowering.tensor(input).nonnegative;
  }
  const TensorId output = lowering.add_tensor(node.output(), Element::kF32);
  lowering.tensor(output).nonnegative = nonnegative;
  return concat(lowering, node, std::move(inputs), values, output);
}

Status lower_shape(Lowering& lowering, const Node& node) {
  const Value *x = node.input(0), *y = node.output();
  if (!x->shape || !y->shape) return cannot(node, "its shape is not known");
  const Shape &from = *x->shape, &to = *y->shape;
  const auto is_flat = [](const Shape& s) {  // N x C x 1 x 1, or N x C
    return s.size() >= 2 && std::all_of(s.begin() + 2, s.end(), [](const Dim& d) { return d.extent == 1; });
  };
  const bool same = from == to || (is_flat(from) && is_flat(to) && from[1] == to[1]);
  const bool flattens = !same && lays_flat(node, from, to);
  if (!same && !flattens)
    return cannot(node, "from " + to_string(from) + " to " + to_string(to) + " is more than another name for the same values");
  if (const auto codes = lowering.codes_of(x)) {
    const auto out = lowering.requantisation(y);
    if (out && same_codes(*codes, *out)) {
      for (const Node* covered : out->nodes) lowering.cover(covered);
      lowering.bind_codes(out->value, codes->tensor);
      if (flattens) lowering.bind_flattened(out->value, x);
      return Ok{};
    }
  }
  HEADRACE_TRY(const TensorId tensor, lowering.floats_of(x));
  lowering.bind_floats(y, tensor);
  if (flattens) lowering.bind_flattened(y, x);
  return Ok{};
}

Status lower_resize(Lowering& lowering, const Node& node) {
  const Value *x = node.input(0), *y = node.output();
  if (node.string_attribute("mode", "nearest") != "nearest" || !x->shape || !y->shape || x->shape->size() != 4)
    return cannot(node, "only nearest-neighbour enlargement of pictures is supported");
  const Tensor* scales = passes::constant_of(node.input(2));
  int factors[2] = {0, 0};
  if (scales != nullptr && scales->size() == 4) {
    for (int i = 0; i < 2; ++i) factors[i] = static_cast<int>(scales->as<float>()[2 + i]);
    for (int i = 0; i < 2; ++i)
      if (static_cast<float>(factors[i]) != scales->as<float>()[2 + i]) factors[i] = 0;
  } else {
    for (int i = 0; i < 2; ++i) {
      const Dim &in = (*x->shape)[2 + i], &out = (*y->shape)[2 + i];
      if (in.known() && out.known() && in.extent > 0 && out.extent % in.extent == 0)
        factors[i] = static_cast<int>(out.extent / in.extent);
    }
  }
  const bool other_axes =
      scales != nullptr && scales->size() == 4 && (scales->as<float>()[0] != 1 || scales->as<float>()[1] != 1);
  if (factors[0] < 1 || factors[1] < 1 || other_axes)
    return cannot(node, "its factors are not whole numbers for height and width");
  if (!repeats_pixels(lowering, node, factors[0]) || !repeats_pixels(lowering, node, factors[1]))
    return cannot(node, "its coordinates or its rounding do more than repeat pixels");
  if (const auto codes = lowering.codes_of(x))
    if (const auto out = lowering.requantisation(y)) {
      const TensorId input = requantised(lowering, node, *codes, *out, x);
      lowering.add_layer<RepeatLayer>(node.name, input, lowering.add_codes(*out), factors[0], factors[1]);
      return Ok{};
    }
  HEADRACE_TRY(const TensorId input, lowering.floats_of(x));
  const TensorId output = lowering.add_tensor(y, Element::kF32);
  lowering.tensor(output).nonnegative = lowering.tensor(input).nonnegative;
  lowering.add_layer<RepeatLayer>(node.name, input, output, factors[0], factors[1]);
  return Ok{};
}

}  // namespace headrace::native
