// Which version to serve: the fastest that costs no more accuracy than allowed.
#include <algorithm>
#include <cstdio>

#include "deploy/pipeline.h"
#include "measure/measure_engines.h"

namespace headrace {
namespace {

constexpr size_t kEnoughConfident = 50;  // below this many confident samples their agreement says little
constexpr double kWorthwhile = 1.05;     // INT8 must be this much faster: less is within the noise of a shared machine

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

bool measured(const Variant& variant) { return variant.error.empty() && variant.latency_ms.count > 0; }

int smallest_batch(const DeployReport& report) {
  int batch = INT32_MAX;
  for (const Variant& variant : report.variants)
    if (measured(variant)) batch = std::min(batch, variant.batch);
  return batch;
}

// Latencies compare at one batch size only: the smallest that was tried.
template <typename Accept>
const Variant* fastest(const DeployReport& report, Accept accept) {
  const int batch = smallest_batch(report);
  const Variant* best = nullptr;
  for (const Variant& variant : report.variants)
    if (measured(variant) && variant.batch == batch && accept(variant))
      if (best == nullptr || variant.latency_ms.median < best->latency_ms.median) best = &variant;
  return best;
}

std::string loss_text(const AccuracyLoss& loss) { return format("%.1f points of ", loss.points) + loss.measure; }

const AccuracyLoss* loss_of(const Losses& losses, const Variant& variant) {
  const auto found = losses.find(variant.name);
  return found == losses.end() ? nullptr : &found->second;
}

// The INT8 version that costs the least accuracy on any engine; nullptr when none was measured. Saturating engines may cost far
// more.
const Variant* most_accurate_int8(const DeployReport& report, const Losses& losses) {
  const Variant* best = nullptr;
  for (const Variant& variant : report.variants) {
    if (!measured(variant) || !variant.precision.starts_with("int8")) continue;
    const AccuracyLoss* loss = loss_of(losses, variant);
    const AccuracyLoss* least = best == nullptr ? nullptr : loss_of(losses, *best);
    if (best == nullptr || (loss != nullptr && (least == nullptr || loss->points < least->points))) best = &variant;
  }
  return best;
}

// Why no INT8 version is recommended.
std::string rejection(const Variant* candidate, const Losses& losses, double max_drop) {
  return candidate == nullptr ? "no INT8 version could be measured"
                              : inaccuracy(*candidate, loss_of(losses, *candidate), max_drop);
}

std::string first_obstacle(const DeployReport& report, const Losses& losses, double max_drop) {
  for (const Variant& variant : report.variants) {
    const std::string obstacle = variant.error.empty() ? inaccuracy(variant, loss_of(losses, variant), max_drop) : variant.error;
    if (!obstacle.empty()) return variant.name + ": " + obstacle;
  }
  return "no engine is installed";
}

void recommend(DeployReport& report, const Variant& variant, std::string reason) {
  report.recommended = variant.name;
  report.recommended_reason = std::move(reason);
}

}  // namespace

AccuracyLoss accuracy_loss(const Comparison& comparison) {
  if (comparison.a.top1 && comparison.b.top1)
    return {100 * (*comparison.a.top1 - *comparison.b.top1),
            "top-1 accuracy on " + std::to_string(comparison.samples) + " labelled samples"};
  if (comparison.confident_samples >= kEnoughConfident)
    return {100 * (1 - comparison.agreement_confident), "agreement with FP32 on the " +
                                                            std::to_string(comparison.confident_samples) +
                                                            " samples where FP32's confidence is above 0.5"};
  return {100 * (1 - comparison.agreement_top1), "agreement with FP32 on " + std::to_string(comparison.samples) + " samples"};
}

std::string requirement(const Variant& variant, double max_drop) {
  if (variant.precision == "fp32") return format("%g dB against the model as given in ort", kLeastFloatSqnrDb);
  return "a loss of at most " + format("%g", max_drop) + " points (--max-drop)";
}

std::string inaccuracy(const Variant& variant, const AccuracyLoss* loss, double max_drop) {
  if (variant.precision == "fp32") {
    if (variant.sqnr_db.value_or(kLeastFloatSqnrDb) >= kLeastFloatSqnrDb) return {};
    return "its answers differ too much: " + format("%.1f", *variant.sqnr_db) + " dB against the model as given in ort, and " +
           format("%g", kLeastFloatSqnrDb) + " are needed";
  }
  if (loss == nullptr) return "the accuracy of INT8 could not be measured";
  if (loss->points <= max_drop) return {};
  return "INT8 costs " + loss_text(*loss) + ", and " + format("%g", max_drop) + " are allowed (--max-drop)";
}

Status choose(DeployReport& report, const Losses& losses, double max_drop) {
  const auto accurate = [&](const Variant& v) { return inaccuracy(v, loss_of(losses, v), max_drop).empty(); };
  const auto is_fp32 = [&](const Variant& v) { return v.precision == "fp32" && v.name.starts_with("FP32, ") && accurate(v); };
  const auto is_int8 = [](const Variant& v) { return v.precision.starts_with("int8"); };
  const auto acceptable = [&](const Variant& v) { return is_int8(v) && accurate(v); };
  const Variant* fp32 = fastest(report, is_fp32);
  const Variant* int8 = fastest(report, acceptable);
  if (fp32 == nullptr && int8 == nullptr) {
    return unavailable("no version of the model can be recommended: " + first_obstacle(report, losses, max_drop));
  }
  if (int8 == nullptr) {
    recommend(report, *fp32, rejection(most_accurate_int8(report, losses), losses, max_drop));
    return Ok{};
  }
  const std::string cost = loss_text(losses.at(int8->name)) + ", within the " + format("%g", max_drop) + " allowed";
  if (fp32 == nullptr) {
    recommend(report, *int8, "it costs " + cost + "; no FP32 version could be measured");
    return Ok{};
  }
  const double ratio = fp32->latency_ms.median / int8->latency_ms.median;
  if (ratio < kWorthwhile)
    recommend(report, *fp32,
              "INT8 is not worth it here: at its best (" + int8->name + ") it runs at " + format("%.2f", ratio) +
                  " times the speed of " + fp32->name + ", and less than 1.05 is within the noise");
  else
    recommend(report, *int8,
              format("%.2f", ratio) + " times as fast as the fastest FP32 here (" + fp32->name + "); it costs " + cost);
  return Ok{};
}

Result<std::string> choose_step(Pipeline& pipeline) {
  Losses losses;
  for (const auto& [name, comparison] : pipeline.comparisons) losses.emplace(name, accuracy_loss(comparison));
  HEADRACE_CHECK(choose(pipeline.report, losses, pipeline.recipe.max_drop));
  HEADRACE_TRY(EngineChoice choice,
               deployed_choice(pipeline.report, losses, pipeline.recipe.max_drop, pipeline.options.measured.size()));
  std::string note = pipeline.report.recommended + "; engine " + choice.engine + ": " + choice.reason;
  pipeline.report.engine_choice = std::move(choice);
  return note;
}

}  // namespace headrace
