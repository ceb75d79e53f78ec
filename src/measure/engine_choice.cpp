#include "measure/engine_choice.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/cpu.h"
#include "base/parallel.h"

namespace headrace {
namespace {

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

// Three significant digits without an exponent: "0.0213", "2.1", "1234".
std::string milliseconds(double value) {
  if (value >= 100) return format("%.0f", value);
  if (value >= 10) return format("%.1f", value);
  return value >= 1 ? format("%.2f", value) : format("%.3g", value);
}

std::string decibels(double value) { return std::isinf(value) ? "the same bits" : format("%.1f dB", value); }

// Signal to noise over all outputs; none where the outputs are not of one form (the benchmark has refused those).
std::optional<double> sqnr_of(const std::vector<OutputSummary>& reference, const std::vector<OutputSummary>& given) {
  if (reference.size() != given.size()) return std::nullopt;
  Sqnr sum;
  for (size_t i = 0; i < given.size(); ++i) {
    if (reference[i].values.size() != given[i].values.size()) return std::nullopt;
    const std::vector<float> a(reference[i].values.begin(), reference[i].values.end());
    const std::vector<float> b(given[i].values.begin(), given[i].values.end());
    sum.add(a, b);
  }
  return sum.db();
}

// The first two lines as one: an engine that lists all nodes it cannot run would fill the screen.
std::string brief(const std::string& error) {
  const size_t first = error.find('\n');
  if (first == std::string::npos) return error;
  const size_t begin = std::min(error.find_first_not_of(" \n", first), error.size());
  const size_t end = error.find('\n', begin);
  return error.substr(0, first) + " " + error.substr(begin, end == std::string::npos ? end : end - begin) +
         (end == std::string::npos ? "" : " ...");
}

std::string reason_of(const EngineChoice& choice) {
  std::string others, refused;
  for (const EngineFigures& candidate : choice.candidates) {
    if (candidate.engine == choice.engine || !candidate.tried) continue;
    if (!candidate.refused.empty()) refused += (refused.empty() ? "; refused: " : ", ") + candidate.engine;
    else others += (others.empty() ? "; " : ", ") + candidate.engine + " " + milliseconds(candidate.median_ms);
  }
  return milliseconds(choice.candidates.front().median_ms) + " ms" + others + refused;
}

}  // namespace

Machine this_machine() { return {cpu_info().name, isa_name(cpu_info()), available_cpus()}; }

Status rank_engines(EngineChoice& choice) {
  std::stable_sort(choice.candidates.begin(), choice.candidates.end(), [](const EngineFigures& a, const EngineFigures& b) {
    if (a.refused.empty() != b.refused.empty()) return a.refused.empty();
    return a.refused.empty() && a.median_ms < b.median_ms;
  });
  if (choice.candidates.empty() || !choice.candidates.front().refused.empty()) {
    std::string reasons = "no engine can be taken for this model:";
    for (const EngineFigures& candidate : choice.candidates) reasons += "\n  " + candidate.engine + ": " + candidate.refused;
    return unavailable(choice.candidates.empty() ? "no engine is installed; `headrace doctor` says how to get one" : reasons);
  }
  choice.engine = choice.candidates.front().engine;
  choice.reason = reason_of(choice);
  return Ok{};
}

std::string verdict(const EngineChoice& choice, const EngineFigures& candidate) {
  if (!candidate.refused.empty()) return candidate.refused;
  if (candidate.engine == choice.engine) return "taken";
  const double fastest = choice.candidates.front().median_ms;
  return (fastest > 0 ? format("%.2f times the time of ", candidate.median_ms / fastest) : "slower than ") + choice.engine;
}

std::vector<std::string> choice_lines(const EngineChoice& choice) {
  std::vector<std::string> lines{"engine: " + choice.engine + ", " + choice.reason};
  size_t tried = 0;
  for (const EngineFigures& candidate : choice.candidates) {
    if (!candidate.tried) continue;
    ++tried;
    if (!candidate.refused.empty()) lines.push_back(candidate.engine + " refused: " + candidate.refused);
  }
  return tried > 1 ? lines : std::vector<std::string>{};
}

EngineFigures figures_of(const BenchResult& result, const BenchResult* reference, double least_sqnr_db) {
  EngineFigures figures;
  figures.engine = result.point.engine;
  figures.version = result.engine_version;
  figures.isa = result.isa;
  figures.exact = result.exact;
  figures.refused = brief(result.error);
  if (!result.error.empty()) return figures;
  figures.median_ms = result.latency_ms.median;
  figures.min_ms = result.latency_ms.min;
  figures.throughput_per_s = result.throughput_per_s;
  if (reference == nullptr || reference == &result || !reference->error.empty()) return figures;
  figures.sqnr_db = sqnr_of(reference->outputs, result.outputs);
  if (!figures.sqnr_db) return figures;
  figures.accuracy = decibels(*figures.sqnr_db) + " against " + reference->point.engine + " on random input";
  if (*figures.sqnr_db < least_sqnr_db)
    figures.refused =
        "its answers differ too much: " + figures.accuracy + ", and " + format("%g", least_sqnr_db) + " dB are needed";
  return figures;
}

}  // namespace headrace
