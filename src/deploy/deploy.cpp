#include "deploy/deploy.h"

#include <chrono>
#include <ctime>

#include "base/atomic_file.h"
#include "base/cpu.h"
#include "base/parallel.h"
#include "deploy/pipeline.h"

#ifndef HEADRACE_VERSION
#error "HEADRACE_VERSION comes from CMake"
#endif

namespace headrace {
namespace fs = std::filesystem;
namespace {

struct Step {
  const char* name;
  Result<std::string> (*run)(Pipeline&);
};

constexpr Step kSteps[] = {{"import", import_step},   {"fuse", fuse_step},     {"quantise", quantize_step},
                           {"measure", measure_step}, {"verify", verify_step}, {"choose", choose_step}};

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

void describe_machine(DeployReport& report) {
  report.headrace_version = HEADRACE_VERSION;
  report.created = now_utc();
  report.cpu_name = cpu_info().name;
  report.isa = isa_name(cpu_info());
  report.cpus = available_cpus();
}

// A bundle is replaced as a whole; a folder of anything else is not ours to delete.
Status check_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored) || fs::is_empty(folder, ignored) || is_bundle(folder)) return Ok{};
  return invalid_argument("this folder holds something else than a bundle; name a new folder, or a bundle to replace")
      .at(folder.string());
}

Status run_step(const Step& step, Pipeline& pipeline) {
  HEADRACE_CHECK(pipeline.progress.check());
  pipeline.progress.update(step.name, 0, 0);
  const auto start = std::chrono::steady_clock::now();
  HEADRACE_TRY(std::string note, step.run(pipeline));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  pipeline.report.steps.push_back({step.name, seconds.count(), std::move(note)});
  return Ok{};
}

}  // namespace

Result<DeployReport> deploy(const Recipe& recipe, const fs::path& folder, const DeployOptions& options,
                            const Progress& progress) {
  HEADRACE_CHECK(check_folder(folder));
  HEADRACE_TRY(AtomicFolder bundle, AtomicFolder::create(folder));
  Pipeline pipeline{recipe, options, progress, bundle.temporary_path(), bundle.temporary_path() / "work"};
  std::error_code error;
  if (!fs::create_directory(pipeline.work, error))
    return io_error("cannot create the folder: " + error.message()).at(pipeline.work.string());
  describe_machine(pipeline.report);
  pipeline.report.variants = options.measured;
  for (const Step& step : kSteps) HEADRACE_CHECK(run_step(step, pipeline));
  HEADRACE_CHECK(write_bundle(pipeline));
  fs::remove_all(pipeline.work, error);
  HEADRACE_CHECK(bundle.commit());
  return std::move(pipeline.report);
}

}  // namespace headrace
