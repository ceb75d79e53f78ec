#include "engines/ort/session_options.h"

#include <onnxruntime_cxx_api.h>
#include <onnxruntime_session_options_config_keys.h>

#include "base/parallel.h"

namespace headrace::ort {
namespace {

GraphOptimizationLevel level_of(GraphOptimization optimization) {
  switch (optimization) {
    case GraphOptimization::kNone: return ORT_DISABLE_ALL;
    case GraphOptimization::kBasic: return ORT_ENABLE_BASIC;
    case GraphOptimization::kExtended: return ORT_ENABLE_EXTENDED;
    case GraphOptimization::kAll: return ORT_ENABLE_ALL;
  }
  return ORT_ENABLE_ALL;
}

}  // namespace

Status set_session_options(const SessionOptions& options, bool exact, Ort::Env& env, Ort::SessionOptions& ort) {
  if (options.threads < 0) return invalid_argument("threads is " + std::to_string(options.threads) + "; it must be 0 or more");
  ort.SetIntraOpNumThreads(options.threads == 0 ? available_cpus() : options.threads);
  ort.SetInterOpNumThreads(1);
  ort.AddConfigEntry(kOrtSessionOptionsConfigAllowIntraOpSpinning, options.spinning ? "1" : "0");
  ort.AddConfigEntry(kOrtSessionOptionsConfigAllowInterOpSpinning, options.spinning ? "1" : "0");
  ort.SetGraphOptimizationLevel(level_of(options.optimization));
  if (!options.memory_arena) ort.DisableCpuMemArena();
  if (exact) ort.AddConfigEntry(kOrtSessionOptionsAvx2PrecisionMode, "1");
  if (!options.save_optimized.empty()) ort.SetOptimizedModelFilePath(options.save_optimized.c_str());
  if (!options.profile.empty()) ort.EnableProfiling(options.profile.c_str());
  return append_provider(options, env, ort);
}

}  // namespace headrace::ort
