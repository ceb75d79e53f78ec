// The prose of report.html.
#include "report/html_sections.h"

#include <algorithm>
#include <cmath>

#include "report/figures.h"
#include "report/html_text.h"

namespace headrace::reporting {
namespace {

std::string item(const std::string& safe) { return element("li", safe) + "\n"; }

std::string times_faster(double speed) {
  return speed >= 1 ? fixed(speed, 2) + " times as fast as FP32" : fixed(1 / speed, 2) + " times slower than FP32";
}

// "1.54 times as fast as FP32 · 0.27 of its size · 0.32 points of top-1 lost"; without labels "the same answer on 94.9 % of
// samples".
std::string gains(const DeployReport& report, const Variant& variant) {
  std::vector<std::string> parts;
  if (const auto speed = speed_up(report, variant)) parts.push_back(times_faster(*speed));
  if (const auto size = size_ratio(report, variant)) parts.push_back(fixed(*size, 2) + " of its size");
  if (const auto loss = loss_points(report, variant); loss && std::isfinite(*loss))
    parts.push_back(labelled(report) ? fixed(std::abs(*loss), 2) + " points of top-1 " + (*loss < 0 ? "gained" : "lost")
                                     : "the same answer on " + fixed(100 - *loss, 1) + " % of samples");
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " \xC2\xB7 ") + part;
  return out;
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string items;
  for (const std::string& text : texts) items += item(escape(text));
  return items.empty() ? items : element("ul", items);
}

std::string accuracy_method(const DeployReport& report) {
  if (report.evaluation_samples == 0) return item("Accuracy: no samples were evaluated.");
  const std::string resolution = fixed(100.0 / static_cast<double>(report.evaluation_samples), 2);
  std::string text =
      "Accuracy: " + counted(report.evaluation_samples, "evaluation sample") + ", each worth " + resolution + " points. ";
  text += labelled(report)
              ? "Top-1 and top-5 are against the labels; loss is the top-1 that FP32 has more. "
              : "The samples carry no labels: agreement is the share whose top-1 answer is that of FP32, loss is the rest. ";
  return item(
      text +
      "Agreement and SQNR (signal-to-quantisation-noise ratio of the outputs) are against the FP32 model in ONNX Runtime.");
}

// Only engines of ours run in the measuring workers; a row such as PyTorch's comes from the program that called for the
// deployment.
bool timed_elsewhere(const Variant& variant) {
  constexpr std::string_view kOurs[] = {"ort", "ort-exact", "openvino", "native", "reference"};
  return measured(variant) && std::find(std::begin(kOurs), std::end(kOurs), variant.engine) == std::end(kOurs);
}

std::string elsewhere_method(const DeployReport& report) {
  std::string names;
  for (const Variant& variant : report.variants)
    if (timed_elsewhere(variant)) names += (names.empty() ? "" : "; ") + variant.name;
  if (names.empty()) return {};
  return item("Timed outside these rounds, by the program that called Headrace: " + escape(names) +
              ". Its ratios are a guide, not a comparison within one run.");
}

std::string growth_note(const QuantReport& q) {
  if (q.layers.empty()) return {};
  double sum = 0;
  const LayerNote* largest = &q.layers.front();
  for (const LayerNote& layer : q.layers) {
    sum += layer.scale_growth;
    if (layer.scale_growth > largest->scale_growth) largest = &layer;
  }
  if (largest->scale_growth <= 1) return {};  // it was off, or there was nothing to do
  return item("Saturation-proofing made the weight scales " + fixed(sum / static_cast<double>(q.layers.size()), 2) +
              " times as large on average over " + counted(q.layers.size(), "layer") + ", at most " +
              fixed(largest->scale_growth, 2) + " times (" + escape(largest->node) + ").");
}

}  // namespace

std::string machine_line(const DeployReport& report) {
  std::string out;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) out += element("div", element("dt", name) + element("dd", escape(value))) + "\n";
  };
  add("CPU", report.cpu_name);
  add("ISA", report.isa);
  add("CPUs", std::to_string(report.cpus));
  add("Setting", common_setting(report));
  add("Created", report.created);
  add("Headrace", report.headrace_version);
  return element("dl", out, "class=\"machine\"");
}

std::string verdict(const DeployReport& report) {
  if (report.recommended.empty()) return element("p", "No version is recommended.", "class=\"verdict\"");
  std::string text =
      element("p", element("span", "Recommended", "class=\"eyebrow\"") + " " + element("strong", breakable(report.recommended)));
  const Variant* variant = recommended(report);
  const std::string gained = variant == nullptr || variant == reference(report) ? "" : gains(report, *variant);
  if (!gained.empty()) text += element("p", gained, "class=\"gains\"");
  if (!report.recommended_reason.empty()) text += element("p", escape(report.recommended_reason), "class=\"reason\"");
  if (report.engine_choice)
    for (const std::string& line : choice_lines(*report.engine_choice)) text += element("p", escape(line), "class=\"reason\"");
  return element("div", text, "class=\"verdict\"");
}

std::string notices(const DeployReport& report) {
  std::string items;
  for (const Variant& variant : report.variants)
    if (!measured(variant))
      items += item(element("strong", escape(variant.name)) + " could not be measured: " + escape(variant.error));
  for (const std::string& warning : report.warnings) items += item(escape(warning));
  if (items.empty()) return {};
  return element("section", element("h2", "Worth knowing") + element("ul", items), "class=\"notices\"");
}

std::string method(const DeployReport& report) {
  if (std::none_of(report.variants.begin(), report.variants.end(), measured)) return {};
  size_t runs = 0;
  for (const Variant& variant : report.variants) runs += variant.latency_ms.count;
  std::string items = item(
      "Latency: wall-clock time of one run as its caller sees it, after a warm-up that is not counted. The versions took turns "
      "in short rounds "
      "(interleaved), so that disturbances of the machine fall on all alike; " +
      counted(runs, "run") + " in all.");
  items += item(
      "Each engine ran in a process of its own: idle threads of one engine slow down another. Outputs were checked before "
      "timing.");
  items += item(
      "A speed-up is the ratio of medians from this one run, against FP32 in ONNX Runtime with the same threads and batch. "
      "Throughput counts samples.");
  items += elsewhere_method(report);
  items += accuracy_method(report);
  if (report.calibration_samples > 0) items += item("Calibration: " + counted(report.calibration_samples, "sample") + ".");
  return element("ul", items);
}

std::string quantization(const DeployReport& report) {
  const QuantReport& q = report.quantization;
  if (q.quantized_nodes == 0 && q.float_nodes == 0 && q.layers.empty()) return {};
  std::string items =
      item(counted(static_cast<size_t>(q.quantized_nodes), "op") + " in integer, " + std::to_string(q.float_nodes) +
           " in float; calibrated on " + counted(static_cast<size_t>(q.samples), "sample") + " in " + seconds(q.seconds_total) +
           " s, of which inference took " + seconds(q.seconds_inference) + " s.");
  items += growth_note(q);
  for (const std::string& warning : q.warnings) items += item(escape(warning));
  std::string out = element("ul", items);
  if (!q.kept_float.empty())
    out += element("details",
                   element("summary", "Ops kept in float (" + std::to_string(q.kept_float.size()) + ")") + list_of(q.kept_float));
  return out;
}

}  // namespace headrace::reporting
