// The prose and the figures' frames of report.html.
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

// "1.54 times as fast as FP32 · 0.27 of its size · 0.32 points of top-1 lost".
std::string gains(const DeployReport& report, const Variant& variant) {
  std::vector<std::string> parts;
  if (const auto speed = speed_up(report, variant)) parts.push_back(times_faster(*speed));
  if (const auto size = size_ratio(report, variant)) parts.push_back(fixed(*size, 2) + " of its size");
  if (const auto loss = loss_points(report, variant); loss && std::isfinite(*loss))
    parts.push_back(fixed(std::abs(*loss), 2) + " points of " + (labelled(report) ? "top-1 " : "agreement ") + (*loss < 0 ? "gained" : "lost"));
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " \xC2\xB7 ") + part;
  return out;
}

// A plot: its heading, the words for those who do not see it, and the caption below.
std::string chart(const std::string& id, const std::string& title, const std::string& words, const std::string& caption,
                  std::string_view attributes = {}) {
  const std::string canvas = element("canvas", "", "id=\"" + id + "\" role=\"img\" aria-label=\"" + escape(words) + "\"");
  return element("figure", element("h3", escape(title)) + element("div", canvas, "class=\"plot\"") + element("figcaption", breakable(caption)), attributes) + "\n";
}

// "FP32, ort: 12.5 ms, 100 %; INT8, ort: 8.10 ms, 86 %".
template <typename Say>
std::string spoken(const DeployReport& report, Say say) {
  std::string out;
  for (const Variant& variant : report.variants)
    if (measured(variant)) out += (out.empty() ? "" : "; ") + variant.name + ": " + say(variant);
  return out;
}

template <typename Accept>
bool any_measured(const DeployReport& report, Accept accept) {
  return std::any_of(report.variants.begin(), report.variants.end(), [&](const Variant& v) { return measured(v) && accept(v); });
}

std::string trade_off_chart(const DeployReport& report) {
  const std::string name = labelled(report) ? "top-1 accuracy" : "agreement with FP32";
  const std::string words = spoken(report, [&](const Variant& v) {
    return figure(v.latency_ms.median) + " ms, " + percent(accuracy(report, v)) + " %";
  });
  return chart("trade-off", "Latency against accuracy", "Scatter plot of median latency against " + name + ". " + words,
               "One point per version; the whisker runs from the fastest run to p90. Up and to the left is better.");
}

std::string distribution_chart(const DeployReport& report) {
  const std::string words =
      spoken(report, [](const Variant& v) { return "median " + figure(v.latency_ms.median) + " ms, p99 " + figure(v.latency_ms.p99) + " ms"; });
  return chart("distribution", "Latency distribution", "Cumulative distribution of the latency of single runs. " + words,
               "The share of runs that took at most so long. A steep line is a steady version; a long top is its tail.");
}

std::string size_chart(const DeployReport& report) {
  const std::string words = spoken(report, [](const Variant& v) { return megabytes(v.size_bytes) + " MB"; });
  return chart("size", "Size of the model", "Bar chart of file sizes. " + words, "The model on disk, in MB of 10\xE2\x81\xB6 bytes.");
}

// "/head/Conv 15.9 dB, /stem/Conv 16.5 dB".
std::string noisiest(const DeployReport& report, size_t count) {
  std::string out;
  for (const LayerError* layer : worst_layers(report, count))
    out += (out.empty() ? "" : ", ") + (layer->node.empty() ? layer->tensor : layer->node) + " " + figure(layer->sqnr_db) + " dB";
  return out;
}

std::string layer_chart(const DeployReport& report) {
  const std::string what = "signal-to-quantisation-noise ratio of each layer's output, INT8 against FP32, from input to output";
  return chart("layers", "Error per layer", "Bar chart of the " + what + ". The noisiest: " + noisiest(report, 5),
               "The " + what + ". Lower is noisier; the worst five stand out, led by " + noisiest(report, 3) + ".", "class=\"wide\"");
}

std::string steps_chart(const DeployReport& report) {
  std::string words;
  double total = 0;
  for (const StepTime& step : report.steps) {
    words += (words.empty() ? "" : "; ") + step.name + ": " + seconds(step.seconds) + " s";
    if (std::isfinite(step.seconds)) total += step.seconds;
  }
  return chart("steps", "Where the time goes", "Bar chart of the seconds of each step. " + words, "The deployment took " + seconds(total) + " s in all.");
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string items;
  for (const std::string& text : texts) items += item(escape(text));
  return items.empty() ? items : element("ul", items);
}

std::string accuracy_method(const DeployReport& report) {
  if (report.evaluation_samples == 0) return item("Accuracy: no samples were evaluated.");
  const std::string resolution = fixed(100.0 / static_cast<double>(report.evaluation_samples), 2);
  std::string text = "Accuracy: " + counted(report.evaluation_samples, "evaluation sample") + ", each worth " + resolution + " points. ";
  text += labelled(report) ? "Top-1 and top-5 are against the labels; loss is the top-1 that FP32 has more. "
                           : "The samples carry no labels: agreement is the share whose top-1 answer is that of FP32, loss is the rest. ";
  return item(text + "Agreement and SQNR (signal-to-quantisation-noise ratio of the outputs) are against the FP32 model in ONNX Runtime.");
}

// Only engines of ours run in the measuring workers; a row such as PyTorch's comes from the program that called for the deployment.
bool timed_elsewhere(const Variant& variant) {
  constexpr std::string_view kOurs[] = {"ort", "ort-exact", "openvino", "native", "reference"};
  return measured(variant) && std::find(std::begin(kOurs), std::end(kOurs), variant.engine) == std::end(kOurs);
}

std::string elsewhere_method(const DeployReport& report) {
  std::string names;
  for (const Variant& variant : report.variants)
    if (timed_elsewhere(variant)) names += (names.empty() ? "" : "; ") + variant.name;
  if (names.empty()) return {};
  return item("Timed outside these rounds, by the program that called Headrace: " + escape(names) + ". Its ratios are a guide, not a comparison within one run.");
}

std::string growth_note(const QuantReport& q) {
  if (q.layers.empty()) return {};
  double sum = 0;
  const LayerNote* largest = &q.layers.front();
  for (const LayerNote& layer : q.layers) {
    sum += layer.scale_growth;
    if (layer.scale_growth > largest->scale_growth) largest = &layer;
  }
  return item("Saturation-proofing made the weight scales " + fixed(sum / static_cast<double>(q.layers.size()), 2) + " times as large on average over " +
              counted(q.layers.size(), "layer") + ", at most " + fixed(largest->scale_growth, 2) + " times (" + escape(largest->node) + ").");
}

}  // namespace

std::vector<const LayerError*> worst_layers(const DeployReport& report, size_t count) {
  std::vector<const LayerError*> layers;
  for (const LayerError& layer : report.layer_errors)
    if (std::isfinite(layer.sqnr_db)) layers.push_back(&layer);
  std::stable_sort(layers.begin(), layers.end(), [](const LayerError* a, const LayerError* b) { return a->sqnr_db < b->sqnr_db; });
  layers.resize(std::min(count, layers.size()));
  return layers;
}

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
  std::string text = element("p", element("span", "Recommended", "class=\"eyebrow\"") + " " + element("strong", breakable(report.recommended)));
  const Variant* variant = recommended(report);
  const std::string gained = variant == nullptr || variant == reference(report) ? "" : gains(report, *variant);
  if (!gained.empty()) text += element("p", gained, "class=\"gains\"");
  if (!report.recommended_reason.empty()) text += element("p", escape(report.recommended_reason), "class=\"reason\"");
  return element("div", text, "class=\"verdict\"");
}

std::string notices(const DeployReport& report) {
  std::string items;
  for (const Variant& variant : report.variants)
    if (!measured(variant)) items += item(element("strong", escape(variant.name)) + " could not be measured: " + escape(variant.error));
  for (const std::string& warning : report.warnings) items += item(escape(warning));
  if (items.empty()) return {};
  return element("section", element("h2", "Worth knowing") + element("ul", items), "class=\"notices\"");
}

std::string charts(const DeployReport& report) {
  std::string out;
  if (any_measured(report, [&](const Variant& v) { return loss_points(report, v).has_value(); })) out += trade_off_chart(report);
  if (any_measured(report, [](const Variant& v) { return v.samples_ms.size() > 1; })) out += distribution_chart(report);
  if (!worst_layers(report, 1).empty()) out += layer_chart(report);
  if (!report.steps.empty()) out += steps_chart(report);
  if (any_measured(report, [](const Variant& v) { return v.size_bytes > 0; })) out += size_chart(report);
  return out;
}

std::string method(const DeployReport& report) {
  if (!any_measured(report, [](const Variant&) { return true; })) return {};
  size_t runs = 0;
  for (const Variant& variant : report.variants) runs += variant.latency_ms.count;
  std::string items = item("Latency: wall-clock time of one run as its caller sees it, after a warm-up that is not counted. The versions took turns in short rounds "
                           "(interleaved), so that disturbances of the machine fall on all alike; " + counted(runs, "run") + " in all.");
  items += item("Each engine ran in a process of its own: idle threads of one engine slow down another. Outputs were checked before timing.");
  items += item("A speed-up is the ratio of medians from this one run, against FP32 in ONNX Runtime with the same threads and batch. Throughput counts samples.");
  items += elsewhere_method(report);
  items += accuracy_method(report);
  if (report.calibration_samples > 0) items += item("Calibration: " + counted(report.calibration_samples, "sample") + ".");
  return element("ul", items);
}

std::string quantization(const DeployReport& report) {
  const QuantReport& q = report.quantization;
  if (q.quantized_nodes == 0 && q.float_nodes == 0 && q.layers.empty()) return {};
  std::string items = item(counted(static_cast<size_t>(q.quantized_nodes), "op") + " in integer, " + std::to_string(q.float_nodes) + " in float; calibrated on " +
                           counted(static_cast<size_t>(q.samples), "sample") + " in " + seconds(q.seconds_total) + " s, of which inference took " +
                           seconds(q.seconds_inference) + " s.");
  items += growth_note(q);
  for (const std::string& warning : q.warnings) items += item(escape(warning));
  std::string out = element("ul", items);
  if (!q.kept_float.empty())
    out += element("details", element("summary", "Ops kept in float (" + std::to_string(q.kept_float.size()) + ")") + list_of(q.kept_float));
  return out;
}

}  // namespace headrace::reporting
