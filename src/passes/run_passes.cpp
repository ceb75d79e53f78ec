// The wrapper that every pass runs through: switch, timing, verifier.
#include <algorithm>
#include <chrono>

#include "ir/verify.h"
#include "passes/pass.h"
#include "proto/infer_shapes.h"

namespace headrace {
namespace {

Status check_names(const std::set<std::string, std::less<>>& names) {
  const auto passes = all_passes();
  for (const std::string& name : names) {
    if (std::any_of(passes.begin(), passes.end(), [&](const Pass& pass) { return pass.name == name; })) continue;
    std::string known;
    for (const Pass& pass : passes) known += (known.empty() ? "" : ", ") + std::string(pass.name);
    return invalid_argument("no pass is called '" + name + "'; there are: " + known);
  }
  return Ok{};
}

// Runs one pass, adds to its report, and returns how many places it changed.
Result<int> run_one(const Pass& pass, Model& model, const PassContext& context, PassReport& report) {
  const auto start = std::chrono::steady_clock::now();
  auto changes = pass.run(model, context);
  report.milliseconds += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  const std::string where = "pass " + std::string(pass.name);
  if (!changes.ok()) return std::move(changes).error().at(where);
  report.changes += *changes;
  if (*changes == 0) return 0;
  if (auto sound = verify(model); !sound.ok())
    return internal_error("the pass broke the graph: " + sound.error().describe() + "; run without it and report this").at(where);
  return changes;
}

// Every pass that is switched on, once.
Result<int> run_round(Model& model, const PassContext& context, const PassOptions& options, std::vector<PassReport>& reports) {
  int changes = 0;
  for (size_t i = 0; i < all_passes().size(); ++i) {
    const Pass& pass = all_passes()[i];
    if (options.disabled.contains(pass.name)) continue;
    HEADRACE_TRY(const int changed, run_one(pass, model, context, reports[i]));
    changes += changed;
  }
  return changes;
}

}  // namespace

Result<std::vector<PassReport>> run_passes(Model& model, const PassContext& context, const PassOptions& options) {
  HEADRACE_CHECK(check_names(options.disabled));
  std::vector<PassReport> reports;
  for (const Pass& pass : all_passes()) reports.push_back({pass.name});
  HEADRACE_CHECK(infer_shapes(model));  // passes need to know shapes, and what one round leaves the next can use
  for (int round = 0; round < options.max_rounds; ++round) {
    HEADRACE_TRY(const int changes, run_round(model, context, options, reports));
    if (changes == 0) break;
    HEADRACE_CHECK(infer_shapes(model));
  }
  return reports;
}

}  // namespace headrace
