#include "serve/repository/metrics.h"

#include "base/cpu.h"
#include "base/memory.h"
#include "serve/repository/version_figures.h"

namespace headrace::serve {
namespace {

std::vector<VersionFigures> figures_of(const Catalogue& catalogue) {
  std::vector<VersionFigures> all;
  for (const auto& [name, model] : catalogue.models)
    for (const auto& [number, version] : model.ready)
      all.push_back({version->model->statistics(), version->model->config(), version->files.engine, version->files.isa,
                     version->model->ready().ok()});
  return all;
}

Family loads_of(const Catalogue& catalogue) {
  Family loads = counter("headrace_model_loads_total", "Versions loaded or reloaded, by outcome");
  for (const auto& [name, model] : catalogue.models) {
    loads.add({{"model", name}, {"outcome", "success"}}, static_cast<double>(model.loads));
    loads.add({{"model", name}, {"outcome", "failed"}}, static_cast<double>(model.failed_loads));
  }
  return loads;
}

std::vector<Family> server_families(const ServerFigures& figures) {
  Family build = gauge("headrace_build_info", "Version and CPU; always 1");
  build.add({{"version", HEADRACE_VERSION}, {"isa", isa_name(cpu_info())}, {"cpu", cpu_info().name}}, 1);
  Family in_flight = gauge("headrace_requests_in_flight", "Requests accepted and not answered");
  in_flight.add({}, static_cast<double>(figures.requests_in_flight));
  Family without = counter("headrace_requests_without_model_total", "Requests that named no model which is ready");
  without.add({}, static_cast<double>(figures.requests_without_model));
  Family cpus = gauge("headrace_cpus", "CPUs that batches may use at once");
  cpus.add({}, figures.cpus);
  Family in_use = gauge("headrace_cpus_in_use", "CPUs that running batches hold");
  in_use.add({}, figures.cpus_in_use);
  Family memory = gauge("process_resident_memory_bytes", "Resident memory of the process");
  memory.add({}, static_cast<double>(resident_bytes()));
  return {build, in_flight, without, cpus, in_use, memory};
}

}  // namespace

std::string metrics_text(const Catalogue& catalogue, const ServerFigures& figures, bool triton_names) {
  const std::vector<VersionFigures> versions = figures_of(catalogue);
  std::vector<Family> families = server_families(figures);
  families.push_back(loads_of(catalogue));
  for (Family& family : model_families(versions)) families.push_back(std::move(family));
  if (triton_names)
    for (Family& family : triton_families(versions)) families.push_back(std::move(family));
  return exposition(families);
}

}  // namespace headrace::serve
