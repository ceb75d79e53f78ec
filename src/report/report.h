// What a deployment says about itself: report.json, the printed table, report.html.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "measure/bench.h"
#include "measure/compare.h"
#include "measure/engine_choice.h"
#include "quant/quantize.h"

namespace headrace {

// One row of the user's table: a version of the model on one engine and setting.
struct Variant {
  std::string name;       // "FP32, ort"; unique in the report
  std::string precision;  // "fp32", "int8", "int8-dynamic"
  std::string engine;
  bool exact = false;
  uint64_t size_bytes = 0;
  int threads = 1;
  int batch = 1;
  LatencySummary latency_ms;
  std::vector<double> samples_ms;  // for the distribution plot
  double throughput_per_s = 0;
  uint64_t peak_rss_bytes = 0;
  std::optional<double> top1, top5;               // fractions, where labels were given
  std::optional<double> agreement_top1, sqnr_db;  // against the FP32 model in onnxruntime; absent for that model itself
  std::string error;                              // the variant could not be measured, and why
  std::string engine_version;                     // "1.32.0"; empty when not known
  std::string isa;                                // what its kernels use; empty: the report's
};

// Where the time went on the way, and what each step did.
struct StepTime {
  std::string name;
  double seconds = 0;
  std::string note;  // "53 BatchNorm folded"
};

struct DeployReport {
  std::string headrace_version;
  std::string created;  // ISO 8601, UTC
  std::string model;    // the source's name
  std::string cpu_name, isa;
  int cpus = 1;
  std::vector<Variant> variants;
  std::string recommended;  // a variant's name
  std::string recommended_reason;
  size_t calibration_samples = 0, evaluation_samples = 0;
  std::vector<LayerError> layer_errors;  // of the INT8 model against FP32
  std::vector<StepTime> steps;
  QuantReport quantization;
  std::vector<std::string> warnings;
  std::optional<EngineChoice> engine_choice;  // for the recommended version
};

// report.json as DESIGN has it: model, cpu{name,isa}, variants[] of {name, precision, engine, exact, size_bytes, threads, batch,
// latency_ms{median,p90,p99,min}, throughput_per_s, peak_rss_bytes, accuracy{top1,top5,agreement_top1,sqnr_db}}, recommended, and
// more. An infinite SQNR is written as the string "inf"; an absent figure as null.
std::string to_json(const DeployReport& report);
// The inverse. Fields that are missing keep their defaults (but `model` and `variants` must be there), unknown ones are passed
// over. Errors: invalid_data naming the byte or the field, such as "variants[2].latency_ms.median".
Result<DeployReport> parse_report(std::string_view json);

// The user's table for a terminal: version, size, latency, accuracy loss; plain text, columns aligned.
std::string to_table(const DeployReport& report);

// One self-contained HTML file (Chart.js inlined, no request leaves the page).
std::string to_html(const DeployReport& report);

}  // namespace headrace
