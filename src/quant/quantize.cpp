#include "quant/quantize.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numeric>

#include "quant/algorithms/bias_correction.h"
#include "quant/algorithms/lattice_input.h"
#include "quant/algorithms/pair_rule.h"
#include "quant/algorithms/quantize_weights.h"
#include "quant/calibrate.h"
#include "quant/dynamic.h"
#include "quant/plan.h"
#include "quant/targets/placement.h"

namespace headrace {
namespace {

constexpr int64_t kPerChannelOpset = 13;

// NaN and infinity in a constant would spread through every scale.
Status check_weights(const Graph& graph) {
  for (const auto& value : graph.values()) {
    if (!value->is_constant() || value->dtype != DType::kFloat32) continue;
    const auto data = value->constant().as<float>();
    if (!std::all_of(data.begin(), data.end(), [](float x) { return std::isfinite(x); }) && value->constant().size() > 1)
      return invalid_model("the constant '" + value->name() + "' holds NaN or infinity; mend the checkpoint and export it again");
  }
  return Ok{};
}

bool is_quantized_op(const Node& node) {
  static constexpr std::array<std::string_view, 7> kOps = {"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear",
                                                           "QLinearConv",    "QLinearMatMul",    "ConvInteger",
                                                           "MatMulInteger"};
  return one_of(kOps, node);
}

// Names to keep in float that match nothing are most likely misspelt.
void warn_of_unknown_names(const Graph& graph, const QuantOptions& options, std::vector<std::string>& warnings) {
  std::set<std::string, std::less<>> nodes, ops;
  for (const auto& node : graph.nodes()) nodes.insert(node->name), ops.insert(node->op_type);
  for (const std::string& name : options.skip_nodes)
    if (!nodes.contains(name))
      warnings.push_back("skip-nodes names '" + name + "', but no node has that name after the graph was cleaned up");
  for (const std::string& op : options.skip_ops)
    if (!ops.contains(op)) warnings.push_back("skip-ops names '" + op + "', but the model has no such op");
}

Status check_options(const Model& model, const QuantOptions& options) {
  if (options.samples < 1) return invalid_argument("samples must be at least 1, got " + std::to_string(options.samples));
  if (!(options.percentile > 50 && options.percentile <= 100))
    return invalid_argument("percentile must be above 50 and at most 100, got " + std::to_string(options.percentile));
  if (model.opset() < 10)
    return unsupported("opset " + std::to_string(model.opset()) +
                       " has no QuantizeLinear; convert the model to opset 13 or newer");
  if (options.per_channel && model.opset() < kPerChannelOpset)
    return unsupported("opset " + std::to_string(model.opset()) +
                       " has no per-channel QuantizeLinear and DequantizeLinear; convert the model to opset 13 or newer (--opset "
                       "13) or ask for per-tensor scales (--per-tensor)");
  for (const auto& node : model.graph->nodes())
    if (is_quantized_op(*node)) return invalid_argument("the model is quantised already (" + node->describe() + ")");
  return Ok{};
}

// Layers that share a weight or bias get one each, so that one can be changed without the other.
void own_constants(Graph& graph, std::vector<WeightedLayer>& layers) {
  const auto own = [&](WeightedLayer& layer, Value*& value, size_t index) {
    if (value == nullptr || value->uses().size() == 1) return;
    value = graph.add_constant(value->name(), value->constant());
    graph.set_input(layer.node, index, value);
  };
  for (WeightedLayer& layer : layers) {
    own(layer, layer.weight, 1);
    own(layer, layer.bias, 2);
  }
}

std::vector<std::string> names_to_observe(const Placement& placement) {
  std::vector<std::string> names;
  for (const QuantizedValue& value : placement.values)
    if (!value.value->is_constant()) names.push_back(value.value->name());
  return names;
}

Range constant_range(const Tensor& tensor) {
  const auto data = tensor.as<float>();
  const auto [low, high] = std::minmax_element(data.begin(), data.end());
  return data.empty() ? Range{} : Range{std::min(0.0, static_cast<double>(*low)), std::max(0.0, static_cast<double>(*high))};
}

// Values that must share their parameters take the range of the first of them.
std::map<Value*, QuantParams> choose_activations(const Placement& placement, const Calibration& calibration, const Target& target,
                                                 const QuantOptions& options) {
  std::map<Value*, QuantParams> chosen;
  std::map<const Value*, Value*> same_as;
  for (const auto& [input, output] : placement.shared) same_as[output] = input;
  for (const QuantizedValue& placed : placement.values) {
    if (const auto source = same_as.find(placed.value); source != same_as.end() && chosen.contains(source->second)) {
      chosen[placed.value] = chosen.at(source->second);
      continue;
    }
    Range range;
    if (placed.value->is_constant()) range = constant_range(placed.value->constant());
    else
      range = choose_range(calibration.statistics.at(placed.value->name()).histogram(), options.observer, options.percentile,
                           target.symmetric_activations);
    chosen[placed.value] = target.symmetric_activations ? symmetric_s8(range) : asymmetric_u8(range);
  }
  return chosen;
}

// Mean factor by which the pair rule enlarges the scales of the rows.
double scale_growth(const LayerPlan& plan) {
  const PairRule rule = PairRule::of(plan.layer, plan.form);
  double sum = 0;
  for (int64_t r = 0; r < plan.form.rows; ++r) {
    const std::span row(plan.form.row(r), static_cast<size_t>(plan.form.columns));
    float largest = 0;
    for (const float w : row) largest = std::max(largest, std::abs(w));
    const double plain = static_cast<double>(largest) / 127;
    sum += plain > 0 ? std::max(1.0, largest_pair_sum(rule, row) / PairRule::kLimit / plain) : 1.0;
  }
  return sum / static_cast<double>(std::max<int64_t>(plan.form.rows, 1));
}

LayerNote note_of(const LayerPlan& plan, bool saturation_proof) {
  const Node& node = *plan.layer.node;
  return {node.name.empty() ? plan.layer.output->name() : node.name, node.op_type, saturation_proof ? scale_growth(plan) : 1.0,
          weight_sqnr_db(plan)};
}

Result<Quantized> quantize_static(const Model& source, const Dataset& data, const QuantOptions& options,
                                  const Progress& progress) {
  const Target& target = target_of(options.target);
  Quantized result{clone(source), {}};
  Model& model = result.model;
  Placement placement = target.place(*model.graph, options);
  if (placement.layers.empty() && placement.values.empty())
    return unsupported("there is nothing to quantise: no Conv, Gemm or MatMul with constant float32 weights");
  own_constants(*model.graph, placement.layers);
  std::vector<LatticeInput> lattices;
  if (options.lattice_input && options.per_channel && !target.symmetric_activations) {
    HEADRACE_TRY(lattices, find_lattice_inputs(*model.graph, placement.layers, data));
    if (!lattices.empty()) placement = target.place(*model.graph, options);  // the scaled input takes the input's place
  }
  const std::vector<WeightedLayer> second_order =
      options.rounding == RoundingKind::kSecondOrder ? placement.layers : std::vector<WeightedLayer>{};
  HEADRACE_TRY(const Calibration calibration,
               calibrate(model, names_to_observe(placement), second_order, data, options.samples, options.threads, progress));

  QuantPlan plan;
  plan.activations = choose_activations(placement, calibration, target, options);
  std::erase_if(lattices, [&](const LatticeInput& lattice) {
    const TensorStatistics& seen = calibration.statistics.at(lattice.scaled->name());
    return !covers(lattice, static_cast<double>(seen.min()), static_cast<double>(seen.max()));
  });
  for (const LatticeInput& lattice : lattices) plan.activations[lattice.scaled] = lattice.params;
  for (const WeightedLayer& layer : placement.layers) {
    HEADRACE_CHECK(progress.check());
    progress.update("quantising", static_cast<int64_t>(plan.layers.size()), static_cast<int64_t>(placement.layers.size()));
    const bool corrected = options.bias_correction && !layer.node->is("MatMul");
    const WeightOptions weight_options{options.per_channel, options.saturation_proof && target.saturating_cpus, corrected};
    const auto moments = calibration.moments.find(layer.node);
    LayerPlan layer_plan = quantize_weights(layer, plan.activations.at(layer.input).scale, weight_options,
                                            moments == calibration.moments.end() ? nullptr : &moments->second);
    if (corrected) HEADRACE_CHECK(correct_bias(layer_plan, calibration.statistics.at(layer.input->name()).mean()));
    for (const LatticeInput& lattice : lattices)
      if (lattice.scaled == layer.input) remove_offset(layer_plan, lattice);
    result.report.layers.push_back(note_of(layer_plan, weight_options.saturation_proof));
    plan.layers.push_back(std::move(layer_plan));
  }
  progress.update("quantising", static_cast<int64_t>(plan.layers.size()), static_cast<int64_t>(placement.layers.size()));
  HEADRACE_CHECK(write_qdq(model, target, placement, plan));
  for (const LatticeInput& lattice : lattices) write_lattice(*model.graph, lattice);
  result.report.samples = calibration.samples;
  result.report.seconds_inference = calibration.seconds;
  result.report.quantized_nodes = placement.integer_nodes;
  result.report.absorbed_nodes = static_cast<int>(placement.absorbed.size());
  result.report.kept_float = std::move(placement.kept_float);
  return result;
}

template <typename Kind>
struct Named {
  Kind kind;
  std::string_view name;
};
constexpr std::array kModes = {Named<QuantMode>{QuantMode::kStatic, "static"}, Named<QuantMode>{QuantMode::kDynamic, "dynamic"}};
constexpr std::array kObservers = {
    Named<ObserverKind>{ObserverKind::kMinMax, "minmax"}, Named<ObserverKind>{ObserverKind::kPercentile, "percentile"},
    Named<ObserverKind>{ObserverKind::kEntropy, "entropy"}, Named<ObserverKind>{ObserverKind::kMse, "mse"}};
constexpr std::array kRoundings = {Named<RoundingKind>{RoundingKind::kNearest, "nearest"},
                                   Named<RoundingKind>{RoundingKind::kSecondOrder, "second-order"}};
constexpr std::array kTargets = {Named<TargetKind>{TargetKind::kOrtX86, "ort-x86"},
                                 Named<TargetKind>{TargetKind::kOpenVino, "openvino"},
                                 Named<TargetKind>{TargetKind::kTensorRt, "tensorrt"}};

template <typename Kind, size_t N>
Result<Kind> parse(const std::array<Named<Kind>, N>& names, std::string_view what, std::string_view text) {
  std::string known;
  for (const auto& named : names) {
    if (named.name == text) return named.kind;
    known += (known.empty() ? "" : ", ") + std::string(named.name);
  }
  return invalid_argument("there is no " + std::string(what) + " '" + std::string(text) + "'; there are: " + known);
}

template <typename Kind, size_t N>
std::string_view name_of(const std::array<Named<Kind>, N>& names, Kind kind) {
  for (const auto& named : names)
    if (named.kind == kind) return named.name;
  return "?";
}

}  // namespace

Result<QuantMode> parse_quant_mode(std::string_view text) { return parse(kModes, "mode", text); }
Result<ObserverKind> parse_observer(std::string_view text) { return parse(kObservers, "observer", text); }
Result<RoundingKind> parse_rounding(std::string_view text) { return parse(kRoundings, "rounding", text); }
Result<TargetKind> parse_target(std::string_view text) { return parse(kTargets, "target", text); }
std::string_view to_string(QuantMode mode) { return name_of(kModes, mode); }
std::string_view to_string(ObserverKind observer) { return name_of(kObservers, observer); }
std::string_view to_string(RoundingKind rounding) { return name_of(kRoundings, rounding); }
std::string_view to_string(TargetKind target) { return name_of(kTargets, target); }

Result<Quantized> quantize(const Model& model, const Dataset* calibration, const QuantOptions& options,
                           const Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  HEADRACE_CHECK(check_options(model, options));
  HEADRACE_CHECK(check_weights(*model.graph));
  if (options.mode == QuantMode::kStatic && calibration == nullptr)
    return invalid_argument("static quantisation needs calibration data (--calibration); dynamic does not (--mode dynamic)");
  HEADRACE_TRY(Quantized result, options.mode == QuantMode::kStatic ? quantize_static(model, *calibration, options, progress)
                                                                    : quantize_dynamic(model, options));
  warn_of_unknown_names(*model.graph, options, result.report.warnings);
  result.model.producer_name = "headrace";
  result.report.float_nodes =
      static_cast<int>(model.graph->nodes().size()) - result.report.quantized_nodes - result.report.absorbed_nodes;
  result.report.seconds_total = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace headrace
