// The frames of report.html's plots: heading, canvas, the words for those who do not see it, caption. html/charts.js draws into
// them.
#include <algorithm>
#include <cmath>

#include "report/figures.h"
#include "report/html_sections.h"
#include "report/html_text.h"

namespace headrace::reporting {
namespace {

template <typename Accept>
bool any_measured(const DeployReport& report, Accept accept) {
  return std::any_of(report.variants.begin(), report.variants.end(), [&](const Variant& v) { return measured(v) && accept(v); });
}

// A plot: its heading, the words for those who do not see it, and the caption below.
std::string chart(const std::string& id, const std::string& title, const std::string& words, const std::string& caption,
                  std::string_view attributes = {}) {
  const std::string canvas = element("canvas", "", "id=\"" + id + "\" role=\"img\" aria-label=\"" + escape(words) + "\"");
  return element(
             "figure",
             element("h3", escape(title)) + element("div", canvas, "class=\"plot\"") + element("figcaption", breakable(caption)),
             attributes) +
         "\n";
}

// "FP32, ort: 12.5 ms, 100 %; INT8, ort: 8.10 ms, 86 %".
template <typename Say>
std::string spoken(const DeployReport& report, Say say) {
  std::string out;
  for (const Variant& variant : report.variants)
    if (measured(variant)) out += (out.empty() ? "" : "; ") + variant.name + ": " + say(variant);
  return out;
}

std::string trade_off_chart(const DeployReport& report) {
  const std::string name = labelled(report) ? "top-1 accuracy" : "agreement with FP32";
  const std::string words = spoken(
      report, [&](const Variant& v) { return figure(v.latency_ms.median) + " ms, " + percent(accuracy(report, v)) + " %"; });
  return chart("trade-off", "Latency against accuracy", "Scatter plot of median latency against " + name + ". " + words,
               "One point per version; the whisker runs from the fastest run to p90. Up and to the left is better.");
}

std::string distribution_chart(const DeployReport& report) {
  const std::string words = spoken(report, [](const Variant& v) {
    return "median " + figure(v.latency_ms.median) + " ms, p99 " + figure(v.latency_ms.p99) + " ms";
  });
  return chart("distribution", "Latency distribution", "Cumulative distribution of the latency of single runs. " + words,
               "The share of runs that took at most so long. A steep line is a steady version; a long top is its tail.");
}

std::string size_chart(const DeployReport& report) {
  const std::string words = spoken(report, [](const Variant& v) { return megabytes(v.size_bytes) + " MB"; });
  return chart("size", "Size of the model", "Bar chart of file sizes. " + words,
               "The model on disk, in MB of 10\xE2\x81\xB6 bytes.");
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
               "The " + what + ". Lower is noisier; the worst five stand out, led by " + noisiest(report, 3) + ".",
               "class=\"wide\"");
}

std::string steps_chart(const DeployReport& report) {
  std::string words;
  double total = 0;
  for (const StepTime& step : report.steps) {
    words += (words.empty() ? "" : "; ") + step.name + ": " + seconds(step.seconds) + " s";
    if (std::isfinite(step.seconds)) total += step.seconds;
  }
  return chart("steps", "Where the time goes", "Bar chart of the seconds of each step. " + words,
               "The deployment took " + seconds(total) + " s in all.");
}

}  // namespace

std::vector<const LayerError*> worst_layers(const DeployReport& report, size_t count) {
  std::vector<const LayerError*> layers;
  for (const LayerError& layer : report.layer_errors)
    if (std::isfinite(layer.sqnr_db)) layers.push_back(&layer);
  std::stable_sort(layers.begin(), layers.end(),
                   [](const LayerError* a, const LayerError* b) { return a->sqnr_db < b->sqnr_db; });
  layers.resize(std::min(count, layers.size()));
  return layers;
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

}  // namespace headrace::reporting
