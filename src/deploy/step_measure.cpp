// Measure: every version on every engine and setting that was asked for, interleaved in one run.
#include "deploy/bench_points.h"
#include "deploy/import.h"
#include "deploy/pipeline.h"
#include "measure/bench.h"

namespace headrace {
namespace {

struct Version {
  std::string name, precision;
  std::filesystem::path file;
  std::string engine;
};

bool installed(std::string_view name) {
  const Result<const Engine*> engine = find_engine(name);
  return engine.ok() && (*engine)->available().ok();
}

// FP32 as given and as fused, then INT8. FP32 in ort-exact would repeat FP32 in ort.
std::vector<Version> versions_for(const Pipeline& pipeline, const std::vector<std::string>& engines) {
  std::vector<Version> versions;
  if (installed("ort")) versions.push_back({"FP32 as given, ort", "fp32", pipeline.original, "ort"});
  for (const std::string& engine : engines)
    if (engine != "ort-exact" || engines.size() == 1) versions.push_back({"FP32, " + engine, "fp32", pipeline.fp32, engine});
  if (pipeline.int8.empty()) return versions;
  const std::string precision = pipeline.recipe.quantize.mode == QuantMode::kDynamic ? "int8-dynamic" : "int8";
  const std::string name = precision == "int8" ? "INT8, " : "INT8 dynamic, ";
  for (const std::string& engine : engines) versions.push_back({name + engine, precision, pipeline.int8, engine});
  return versions;
}

// "INT8, ort, 2 threads, batch 8": settings stand in the name where several were tried.
std::string name_of(const Version& version, const BenchCase& point, const Recipe& recipe) {
  std::string name = version.name;
  if (recipe.threads.size() > 1) name += ", " + std::to_string(point.threads) + (point.threads == 1 ? " thread" : " threads");
  if (recipe.batches.size() > 1) name += ", batch " + std::to_string(point.batch);
  return name;
}

Variant variant_of(const Version& version, const BenchResult& result, const Recipe& recipe) {
  Variant variant;
  variant.name = name_of(version, result.point, recipe);
  variant.precision = version.precision;
  variant.engine = version.engine;
  variant.engine_version = result.engine_version;
  variant.isa = result.isa;
  variant.exact = result.exact;
  variant.size_bytes = model_bytes(version.file);
  variant.threads = result.point.threads;
  variant.batch = result.point.batch;
  variant.latency_ms = result.latency_ms;
  variant.samples_ms = result.samples_ms;
  variant.throughput_per_s = result.throughput_per_s;
  variant.peak_rss_bytes = result.peak_rss_bytes;
  variant.error = result.error;
  return variant;
}

}  // namespace

Result<std::string> measure_step(Pipeline& pipeline) {
  const Recipe& recipe = pipeline.recipe;
  HEADRACE_TRY(const std::vector<std::string> engines, engines_for(recipe));
  const std::vector<Version> versions = versions_for(pipeline, engines);
  std::vector<BenchCase> points;
  for (const Version& version : versions)
    for (const int threads : recipe.threads)
      for (const int batch : recipe.batches) points.push_back({version.file, version.engine, threads, batch});
  BenchOptions options;
  options.seconds = recipe.seconds;
  options.program = pipeline.options.program;
  HEADRACE_TRY(const std::vector<BenchResult> results, bench(points, options, pipeline.progress));
  const size_t per_version = recipe.threads.size() * recipe.batches.size();
  for (size_t i = 0; i < results.size(); ++i)
    pipeline.report.variants.push_back(variant_of(versions[i / per_version], results[i], recipe));
  return std::to_string(results.size()) + " points on " + std::to_string(engines.size()) +
         (engines.size() == 1 ? " engine" : " engines");
}

}  // namespace headrace
