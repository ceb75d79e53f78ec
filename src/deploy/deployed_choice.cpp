// The engine's choice as a deployment has made it: the engines that ran the recommended version, with what their answers cost.
#include <algorithm>
#include <cstdio>

#include "deploy/pipeline.h"
#include "measure/measure_engines.h"

namespace headrace {
namespace {

// "the answers of FP32 must come within 60 dB": given by choose() as a refusal of the variant.
std::string accuracy_text(const Variant& variant, const AccuracyLoss* loss) {
  if (loss == nullptr) return {};
  char text[64];
  if (variant.precision == "fp32")
    std::snprintf(text, sizeof text, "%.1f dB against the model as given in ort", variant.sqnr_db.value_or(0));
  else std::snprintf(text, sizeof text, "%.1f points of ", loss->points);
  return variant.precision == "fp32" ? text : text + loss->measure;
}

EngineFigures figures_of(const Variant& variant, const AccuracyLoss* loss, double max_drop) {
  EngineFigures figures;
  figures.engine = variant.engine;
  figures.version = variant.engine_version;
  figures.isa = variant.isa;
  figures.exact = variant.exact;
  figures.sqnr_db = variant.sqnr_db;
  figures.accuracy = accuracy_text(variant, loss);
  figures.refused = variant.error;
  if (!variant.error.empty()) return figures;
  figures.median_ms = variant.latency_ms.median;
  figures.min_ms = variant.latency_ms.min;
  figures.throughput_per_s = variant.throughput_per_s;
  figures.refused = inaccuracy(variant, loss, max_drop);
  return figures;
}

}  // namespace

Result<EngineChoice> deployed_choice(const DeployReport& report, const Losses& losses, double max_drop, size_t skip) {
  const auto recommended = std::find_if(report.variants.begin(), report.variants.end(),
                                        [&](const Variant& v) { return v.name == report.recommended; });
  if (recommended == report.variants.end()) return internal_error("a deployment without a recommended version");
  EngineChoice choice;
  choice.machine = {report.cpu_name, report.isa, report.cpus};
  choice.threads = recommended->threads;
  choice.batch = recommended->batch;
  choice.requirement = requirement(*recommended, max_drop);
  for (size_t i = skip; i < report.variants.size(); ++i) {
    const Variant& variant = report.variants[i];
    const bool same = variant.precision == recommended->precision && variant.threads == recommended->threads &&
                      variant.batch == recommended->batch && !variant.name.starts_with("FP32 as given");
    if (!same) continue;
    const auto loss = losses.find(variant.name);
    choice.candidates.push_back(figures_of(variant, loss == losses.end() ? nullptr : &loss->second, max_drop));
  }
  for (EngineFigures& refused : refused_engines(recommended->precision != "fp32"))
    if (std::none_of(choice.candidates.begin(), choice.candidates.end(), [&](auto& c) { return c.engine == refused.engine; }))
      choice.candidates.push_back(std::move(refused));
  HEADRACE_CHECK(rank_engines(choice));
  return choice;
}

}  // namespace headrace
