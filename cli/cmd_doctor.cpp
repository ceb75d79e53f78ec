// headrace doctor: what this machine is and has.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "command.h"
#include "engines/engine.h"
#include "kernels/dispatch.h"
#include "print.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;

// What its kernels use: our own say so; the others take what the CPU has.
std::string isa_of(const Engine& engine) {
  if (engine.name() == "reference") return "any";
  if (engine.name() != "native") return isa_name(cpu_info());
  const auto kernels = kernels::select_kernels();
  return kernels ? std::string((*kernels)->isa) : "none";
}

Json engine_json(const Engine& engine) {
  const Status available = engine.available();
  Json json = {{"name", engine.name()}, {"available", available.ok()}};
  json["version"] = available.ok() ? Json(engine.version()) : Json(nullptr);
  json["exact"] = available.ok() ? Json(engine.exact()) : Json(nullptr);
  json["isa"] = available.ok() ? Json(isa_of(engine)) : Json(nullptr);
  json["missing"] = available.ok() ? Json(nullptr) : Json(available.error().describe());
  return json;
}

void print_json() {
  const CpuInfo& cpu = cpu_info();
  const MemoryInfo memory = memory_info();
  Json engines = Json::array();
  for (const Engine* engine : all_engines()) engines.push_back(engine_json(*engine));
  const Json json = {{"headrace", HEADRACE_VERSION},
                     {"cpu", {{"name", cpu.name}, {"isa", isa_name(cpu)}, {"int8_kernels_saturate", int8_kernels_saturate(cpu)}}},
                     {"cpus", {{"machine", cpu.logical_cpus}, {"usable", available_cpus()}}},
                     {"memory", {{"total_bytes", memory.total_bytes}, {"available_bytes", memory.available_bytes}}},
                     {"engines", engines}};
  std::printf("%s\n", json.dump(2).c_str());
}

std::string saturation_text(const CpuInfo& cpu) {
  if (int8_kernels_saturate(cpu))
    return "no VNNI: the usual INT8 kernels can saturate here; files that headrace quantises for CPUs are safe";
  return "VNNI: the usual INT8 kernels are exact here";
}

std::string engine_text(const Engine& engine) {
  const Status available = engine.available();
  if (!available) return "not available: " + available.error().describe();
  const std::string kernels = engine.name() == "native" ? ", kernels for " + isa_of(engine) : "";
  return engine.version() + kernels + (engine.exact() ? ", INT8 exact" : ", INT8 exact for saturation-proof files only");
}

void print_text() {
  const CpuInfo& cpu = cpu_info();
  const MemoryInfo memory = memory_info();
  std::printf("headrace %s\n", HEADRACE_VERSION);
  std::printf("CPU      %s\n", cpu.name.c_str());
  std::printf("ISA      %s%s\n", isa_name(cpu).c_str(),
              cpu.hidden ? " (parts of the CPU are hidden: HEADRACE_HIDE_ISA is set)" : "");
  std::printf("INT8     %s\n", saturation_text(cpu).c_str());
  std::printf("CPUs     %d usable of %d\n", available_cpus(), cpu.logical_cpus);
  std::printf("memory   %s, %s available\n", bytes_text(memory.total_bytes).c_str(), bytes_text(memory.available_bytes).c_str());
  std::printf("engines\n");
  for (const Engine* engine : all_engines())
    std::printf("  %-10s %s\n", std::string(engine->name()).c_str(), engine_text(*engine).c_str());
}

}  // namespace

void add_doctor(CLI::App& app, Action* chosen) {
  static bool json = false;
  CLI::App& command = add_command(
      app, chosen, "doctor", "Shows what this machine has. CPU, instruction sets and memory, and which engines are installed.",
      {"headrace doctor", "headrace doctor --json"}, [](const Environment&) -> Status {
        json ? print_json() : print_text();
        return Ok{};
      });
  command.add_flag("--json", json, "Print JSON");
}

}  // namespace headrace::cli
