#include "report/example.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace headrace::testing {
namespace {

// Latencies around `median` with a tail to the right, and their summary. The generator's bits are specified by the standard; the
// standard's distributions are not, so the shape is made here.
void fill_latency(Variant& variant, double median, uint32_t seed) {
  std::mt19937 engine(seed);
  std::vector<double> samples(400);
  for (double& sample : samples) {
    const double u = (static_cast<double>(engine()) + 0.5) / 4294967296.0;
    sample = median * (0.97 + 0.02 * std::log1p(u / (1 - u)) + (u > 0.97 ? 0.3 * u : 0.0));
  }
  variant.samples_ms = samples;
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double q) { return samples[static_cast<size_t>(q * static_cast<double>(samples.size() - 1))]; };
  LatencySummary& l = variant.latency_ms;
  l = {at(0.5), at(0.9), at(0.99), samples.front(), samples.back(), 0, 0, samples.size()};
  for (const double sample : samples) l.mean += sample / static_cast<double>(samples.size());
  for (const double sample : samples) l.stddev += (sample - l.mean) * (sample - l.mean) / static_cast<double>(samples.size() - 1);
  l.stddev = std::sqrt(l.stddev);
  variant.throughput_per_s = 1000 / l.mean;
}

Variant variant(std::string name, std::string precision, std::string engine, std::string version, uint64_t bytes, double median) {
  Variant out;
  out.name = std::move(name);
  out.precision = std::move(precision);
  out.engine = std::move(engine);
  out.engine_version = std::move(version);
  out.size_bytes = bytes;
  out.peak_rss_bytes = 90'000'000 + 4 * bytes;
  out.exact = out.engine == "ort-exact";
  fill_latency(out, median, static_cast<uint32_t>(bytes % 1000 + out.name.size()));
  return out;
}

void set_accuracy(Variant& variant, double top1, double top5, std::optional<double> agreement, std::optional<double> sqnr) {
  variant.top1 = top1;
  variant.top5 = top5;
  variant.agreement_top1 = agreement;
  variant.sqnr_db = sqnr;
}

std::vector<Variant> variants() {
  std::vector<Variant> out;
  out.push_back(variant("PyTorch eager", "fp32", "torch", "0.0.1", 20'100'000, 24.8));
  set_accuracy(out.back(), 0.7342, 0.9141, 1.0, 118.4);
  out.push_back(variant("FP32, ort", "fp32", "ort", "0.0.2", 18'600'000, 12.5));
  set_accuracy(out.back(), 0.7342, 0.9141, std::nullopt, std::nullopt);
  out.push_back(variant("INT8, ort", "int8", "ort", "0.0.2", 4'930'000, 7.4));
  set_accuracy(out.back(), 0.7310, 0.9133, 0.951, 21.3);
  out.push_back(variant("INT8, ort-exact", "int8", "ort-exact", "0.0.2", 4'930'000, 10.9));
  set_accuracy(out.back(), 0.7310, 0.9133, 0.951, 21.3);
  out.push_back(variant("INT8, openvino", "int8", "openvino", "0.0.3", 4'930'000, 7.9));
  out.back().samples_ms.clear();
  out.back().latency_ms = {};
  out.back().throughput_per_s = 0;
  out.back().peak_rss_bytes = 0;
  out.back().error = "the engine's library was not found (fictional failure); install the openvino wheel and run it again";
  return out;
}

std::vector<LayerError> layer_errors(int count) {
  std::vector<LayerError> out;
  std::mt19937 engine(7);
  for (int i = 0; i < count; ++i) {
    const std::string node = "/blocks." + std::to_string(i / 4) +
                             (i % 4 == 1   ? "/depthwise/Conv"
                              : i % 4 == 3 ? "/Add"
                              : i % 4 == 2 ? "/project/Conv"
                                           : "/expand/Conv");
    const double noise = static_cast<double>(engine() % 1000) / 100;
    out.push_back({node, i % 4 == 3 ? "Add" : "Conv", node + "_output_0", 38.0 - 0.25 * i - noise});
  }
  out.front().sqnr_db = std::numeric_limits<double>::infinity();
  return out;
}

QuantReport quantization() {
  QuantReport q;
  q.samples = 128;
  q.quantized_nodes = 98;
  q.float_nodes = 2;
  q.kept_float = {"Softmax 'prob': no integer kernel in onnxruntime", "Resize 'up': asked for by --skip-op"};
  q.layers = {{"/blocks.0/depthwise/Conv", "Conv", 1.0, 41.2},
              {"/blocks.0/project/Conv", "Conv", 1.31, 39.8},
              {"/head/Conv", "Conv", 1.22, 40.1}};
  q.seconds_inference = 1.62;
  q.seconds_total = 2.05;
  return q;
}

}  // namespace

DeployReport example_report() {
  DeployReport report;
  report.headrace_version = "0.0.0-example";
  report.created = "2000-01-01T00:00:00Z";
  report.model = "example-net.pth (fictional figures)";
  report.cpu_name = "Example CPU";
  report.isa = "avx2";
  report.cpus = 2;
  report.variants = variants();
  report.recommended = "INT8, ort";
  report.recommended_reason = "the fastest version that costs at most 2 points of top-1";
  report.calibration_samples = 128;
  report.evaluation_samples = 622;
  report.layer_errors = layer_errors(60);
  report.steps = {{"read", 0.21, "example-net.pth, 213 tensors"},
                  {"passes", 0.08, "49 BatchNorm folded, 3 Identity removed"},
                  {"quantize", 2.05, "128 samples"},
                  {"compare", 6.4, "622 samples on 4 versions"},
                  {"bench", 14.2, "interleaved, 5 rounds"}};
  report.quantization = quantization();
  report.warnings = {"these figures are made up to show the page; nothing was measured"};
  return report;
}

DeployReport unlabelled_report() {
  DeployReport report = example_report();
  for (Variant& variant : report.variants) variant.top1 = variant.top5 = std::nullopt;
  report.recommended_reason = "the fastest version that changes at most 5 % of the answers";
  report.variants[3].threads = 2;  // settings differ: the table names them
  report.variants[3].sqnr_db = std::numeric_limits<double>::infinity();
  return report;
}

DeployReport hostile_report() {
  DeployReport report = example_report();
  const std::string attack = "</script><script>alert(1)</script>";
  report.model = attack;
  report.variants[2].name = report.recommended = "<img src=x onerror=alert(2)> \x1b[2J\xE2\x80\xAE";
  report.variants[3].name = "\" onmouseover=\"alert(3) {{data}} \xFF";
  report.variants[4].error = "<b>bold</b> & '</title>' <!-- <script>";
  report.recommended_reason = attack;
  report.layer_errors[5].node = attack;
  report.layer_errors[5].sqnr_db = -3;
  report.steps[0].note = attack;
  report.steps[1].name = "<svg onload=alert(4)>";
  report.quantization.kept_float[0] = attack;
  report.warnings.push_back(attack);
  return report;
}

DeployReport crowded_report() {
  DeployReport report = example_report();
  report.model = "a_model_with_quite_a_long_name-224x224-finetuned_epoch_0042.pth (fictional figures)";
  report.cpu_name = "Example CPU with a Long Marketing Name 9999X 64-Core Processor @ 2.00GHz";
  report.variants[0] = variant("PyTorch eager", "fp32", "torch", "0.0.1", 20'100'000, 96);
  set_accuracy(report.variants[0], 0.7342, 0.9141, 1.0, 118.4);
  for (const int threads : {2, 4}) {
    for (size_t i = 1; i < 4; ++i) {
      const Variant& one = report.variants[i];
      Variant more = variant(one.name + ", " + std::to_string(threads) + " threads", one.precision, one.engine,
                             one.engine_version, one.size_bytes, 1.2 * one.latency_ms.median / threads);
      more.threads = threads;
      set_accuracy(more, *one.top1, *one.top5, one.agreement_top1, one.sqnr_db);
      report.variants.push_back(more);
    }
  }
  report.recommended = "INT8, ort, 4 threads";
  report.layer_errors = layer_errors(180);
  for (LayerError& layer : report.layer_errors)
    layer.sqnr_db = std::isinf(layer.sqnr_db) ? layer.sqnr_db : 30 + layer.sqnr_db / 3;
  report.steps.push_back({"a step whose name is long: write the bundle", 0.004, "8 files"});
  return report;
}

DeployReport empty_report() {
  DeployReport report;
  report.model = "nothing.onnx";
  report.cpu_name = "Example CPU";
  report.isa = "x86-64";
  return report;
}

}  // namespace headrace::testing
