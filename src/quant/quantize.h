// Post-training quantisation: what a caller sees. The steps behind it: observe (quant/observers), decide where Q/DQ go
// (quant/targets), choose scales and correct (quant/algorithms), write them into the graph (quant/plan).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "data/dataset.h"
#include "ir/model.h"

namespace headrace {

enum class QuantMode { kStatic, kDynamic };
enum class ObserverKind { kMinMax, kPercentile, kEntropy, kMse };
enum class RoundingKind { kNearest, kSecondOrder };
enum class TargetKind { kOrtX86, kOpenVino, kTensorRt };

Result<QuantMode> parse_quant_mode(std::string_view text);
Result<ObserverKind> parse_observer(std::string_view text);
Result<RoundingKind> parse_rounding(std::string_view text);
Result<TargetKind> parse_target(std::string_view text);
std::string_view to_string(QuantMode mode);
std::string_view to_string(ObserverKind observer);
std::string_view to_string(RoundingKind rounding);
std::string_view to_string(TargetKind target);

struct QuantOptions {
  QuantMode mode = QuantMode::kStatic;
  ObserverKind observer = ObserverKind::kMse;
  TargetKind target = TargetKind::kOrtX86;
  double percentile = 99.999;                          // of ObserverKind::kPercentile
  bool per_channel = true;                             // weight scales; needs opset 13
  bool saturation_proof = true;                        // weight scales under which vpmaddubsw cannot clip (CPU targets)
  bool lattice_input = true;                           // quantise 8-bit pictures on their own grid, without loss
  RoundingKind rounding = RoundingKind::kSecondOrder;  // of weights
  bool bias_correction = true;
  int samples = 128;                              // at most this many calibration samples
  int threads = 0;                                // calibration threads; 0: all CPUs
  std::set<std::string, std::less<>> skip_nodes;  // node names kept in float
  std::set<std::string, std::less<>> skip_ops;    // op types kept in float
};

// What was done, for the report. One entry per quantised weighted layer and per activation.
struct LayerNote {
  std::string node;  // its name
  std::string op_type;
  double scale_growth = 1;    // mean factor by which saturation-proofing enlarged its weight scales
  double weight_sqnr_db = 0;  // of the weights alone
};

struct QuantReport {
  int samples = 0;
  int quantized_nodes = 0;
  int absorbed_nodes = 0;               // Relu and Clip that the range of a quantised output replaces
  int float_nodes = 0;                  // ops that stay in float
  std::vector<std::string> kept_float;  // "Softmax 'prob': no integer kernel in onnxruntime"
  std::vector<LayerNote> layers;
  std::vector<std::string> warnings;
  double seconds_inference = 0;  // of the calibration pass
  double seconds_total = 0;
};

struct Quantized {
  Model model;
  QuantReport report;
};

// Quantises a float model (after run_passes). `calibration` may be nullptr for kDynamic. The engine that calibrates is ONNX
// Runtime. Errors: invalid_argument, invalid_data (an empty data set, NaN or Inf in activations: named by tensor and sample),
// invalid_model (NaN or Inf in weights, named), unsupported (opset below 13 with per_channel: says to ask for per-tensor or to
// convert).
Result<Quantized> quantize(const Model& model, const Dataset* calibration, const QuantOptions& options,
                           const Progress& progress = {});

}  // namespace headrace
