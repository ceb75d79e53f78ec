#include "quant/algorithms/lattice_input.h"

#include <algorithm>
#include <cmath>

#include "quant/calibrate.h"

namespace headrace {
namespace {

constexpr size_t kSamples = 8;
constexpr size_t kFewestLevels = 32;   // fewer tell nothing about the grid
constexpr double kTolerance = 0.002;   // of a step: float32 computes a normalised pixel to 1e-5 of it
constexpr double kClearOfTies = 0.01;  // how far from half a step the lattice must lie, so that rounding never hesitates

struct Lattice {
  double step = 0;
  double shift = 0;                 // rint(x / step) - x / step, the same for every x on it
  int64_t lowest = 0, highest = 0;  // rint(x / step) of the extremes
};

// The lattice that the values, distinct and ascending, lie on, if they do.
std::optional<Lattice> fit_lattice(const std::vector<float>& values) {
  if (values.size() < kFewestLevels || values.size() > 256) return std::nullopt;
  double smallest = INFINITY;
  for (size_t i = 1; i < values.size(); ++i)
    smallest = std::min(smallest, static_cast<double>(values[i]) - static_cast<double>(values[i - 1]));
  const double first = values.front(), last = values.back();
  const double levels = std::nearbyint((last - first) / smallest);
  if (levels < 1 || levels > 255) return std::nullopt;
  Lattice lattice;
  lattice.step = (last - first) / levels;
  lattice.shift = std::nearbyint(first / lattice.step) - first / lattice.step;
  if (std::abs(std::abs(lattice.shift) - 0.5) < kClearOfTies) return std::nullopt;
  for (const float value : values) {
    const double level = (static_cast<double>(value) - first) / lattice.step;
    if (std::abs(level - std::nearbyint(level)) > kTolerance) return std::nullopt;
  }
  lattice.lowest = std::llrint(first / lattice.step);
  lattice.highest = std::llrint(last / lattice.step);
  return lattice;
}

// Per channel, the distinct values in ascending order; empty where a channel has more than 256.
Result<std::vector<std::vector<float>>> distinct_values(const Dataset& data, size_t input, size_t channels) {
  std::vector<std::vector<float>> values(channels);
  for (const size_t index : spread_indices(data.size(), kSamples)) {
    HEADRACE_TRY(const Sample sample, data.load(index));
    const Tensor& tensor = sample.inputs[input];
    const ChannelView view = channel_view(tensor.dims(), 1);
    if (tensor.dtype() != DType::kFloat32 || static_cast<size_t>(view.channels) != channels)
      return std::vector<std::vector<float>>{};
    for (int64_t plane = 0; plane < view.outer * view.channels; ++plane) {
      auto& list = values[static_cast<size_t>(plane % view.channels)];
      const float* from = tensor.as<float>().data() + plane * view.inner;
      list.insert(list.end(), from, from + view.inner);
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
      if (list.size() > 256) return std::vector<std::vector<float>>{};
    }
  }
  return values;
}

bool only_read_by_convolutions(const Value& input, const std::vector<WeightedLayer>& layers) {
  return input.only_read_by_nodes() && !input.uses().empty() &&
         std::all_of(input.uses().begin(), input.uses().end(), [&](const Use& use) {
           return use.index == 0 && use.node->is("Conv") && use.node->int_attribute("group", 1) == 1 &&
                  std::any_of(layers.begin(), layers.end(), [&](const WeightedLayer& layer) { return layer.node == use.node; });
         });
}

// Zero must lie on the grid of 256 levels, as it does for pictures: QuantizeLinear's zero point is one of them.
bool holds_zero(const Lattice& lattice) { return lattice.lowest <= 0 && lattice.highest >= 0; }

LatticeInput describe(Value* input, const std::vector<Lattice>& lattices) {
  LatticeInput found;
  found.input = input;
  double largest = 0, zero_sum = 0;
  for (const Lattice& lattice : lattices) {
    found.steps.push_back(static_cast<float>(lattice.step));
    largest = std::max(largest, lattice.step);
    // Levels that were not seen are taken to be missing on both sides alike.
    const int64_t slack = 255 - (lattice.highest - lattice.lowest);
    found.zero_points.push_back(static_cast<int32_t>(std::clamp<int64_t>(slack / 2 - lattice.lowest, 0, 255)));
    zero_sum += found.zero_points.back();
  }
  found.params = {static_cast<float>(largest), static_cast<int32_t>(std::lrint(zero_sum / static_cast<double>(lattices.size()))),
                  DType::kUint8};
  for (size_t c = 0; c < lattices.size(); ++c)
    found.offsets.push_back(found.zero_points[c] + lattices[c].shift - found.params.zero_point);
  return found;
}

// input * gain with gain = scale / step, and the weights the other way.
void insert_scaling(Graph& graph, LatticeInput& lattice, const std::vector<WeightedLayer>& layers) {
  std::vector<float> gain;
  for (const float step : lattice.steps) gain.push_back(lattice.params.scale / step);
  Value* factor =
      graph.add_constant(lattice.input->name() + "_gain", Tensor::from(Dims{static_cast<int64_t>(gain.size()), 1, 1}, gain));
  lattice.scaled = graph.add_value(graph.unique_name(lattice.input->name() + "_scaled"));
  lattice.scaled->dtype = DType::kFloat32;
  lattice.scaled->shape = lattice.input->shape;
  graph.replace_uses(lattice.input, lattice.scaled);
  graph.insert_before(graph.nodes().front().get(), "Mul", {lattice.input, factor}, {lattice.scaled});
  for (const WeightedLayer& layer : layers) {
    if (layer.node->input(0) != lattice.scaled) continue;
    WeightRows form = weight_rows(layer);
    for (int64_t r = 0; r < form.rows; ++r)
      for (int64_t k = 0; k < form.columns; ++k) form.row(r)[k] /= gain[static_cast<size_t>(k % form.inner)];
    layer.weight->set_constant(from_rows(layer, form, form.values));
  }
}

}  // namespace

Result<std::vector<LatticeInput>> find_lattice_inputs(Graph& graph, const std::vector<WeightedLayer>& layers,
                                                      const Dataset& data) {
  std::vector<LatticeInput> found;
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    Value* input = graph.inputs()[i];
    if (!input->shape || input->shape->size() != 4 || !(*input->shape)[1].known() || !only_read_by_convolutions(*input, layers))
      continue;
    HEADRACE_TRY(const auto values, distinct_values(data, i, static_cast<size_t>((*input->shape)[1].extent)));
    std::vector<Lattice> lattices;
    for (const auto& channel : values)
      if (const auto lattice = fit_lattice(channel); lattice && holds_zero(*lattice)) lattices.push_back(*lattice);
    if (values.empty() || lattices.size() != values.size()) continue;
    found.push_back(describe(input, lattices));
    insert_scaling(graph, found.back(), layers);
  }
  return found;
}

bool covers(const LatticeInput& lattice, double low, double high) {
  const auto scale = static_cast<double>(lattice.params.scale);
  const auto [least, most] = std::minmax_element(lattice.zero_points.begin(), lattice.zero_points.end());
  return low / scale >= -*most - 0.75 && high / scale <= 255 - *least + 0.75;  // with room for the lattices' own shifts
}

void remove_offset(LayerPlan& plan, const LatticeInput& lattice) {
  for (int64_t r = 0; r < plan.form.rows; ++r) {
    double shift = 0;
    for (int64_t k = 0; k < plan.form.columns; ++k)
      shift += static_cast<double>(plan.scale(r)) * plan.weights[static_cast<size_t>(r * plan.form.columns + k)] *
               static_cast<double>(lattice.params.scale) * lattice.offsets[static_cast<size_t>(k % plan.form.inner)];
    plan.bias[static_cast<size_t>(r)] -= static_cast<float>(shift);
  }
}

void write_lattice(Graph& graph, const LatticeInput& lattice) {
  Node* scaling = lattice.scaled->producer();
  Node* quantize = nullptr;
  for (const Use& use : lattice.scaled->uses())
    if (use.node->is("QuantizeLinear")) quantize = use.node;
  if (scaling == nullptr || quantize == nullptr) return;
  Tensor zero_points = Tensor::allocate(DType::kUint8, {static_cast<int64_t>(lattice.zero_points.size())});
  std::copy(lattice.zero_points.begin(), lattice.zero_points.end(), zero_points.as_mutable<uint8_t>().begin());
  graph.set_inputs(quantize, {lattice.input,
                              graph.add_constant(lattice.input->name() + "_steps",
                                                 Tensor::from(Dims{static_cast<int64_t>(lattice.steps.size())}, lattice.steps)),
                              graph.add_constant(lattice.input->name() + "_levels", std::move(zero_points))});
  quantize->attributes["axis"] = int64_t{1};
  graph.remove(scaling);
  graph.remove_unused_values();
}

}  // namespace headrace
