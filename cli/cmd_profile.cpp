// headrace profile: where the native engine's time goes, layer by layer.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "deploy/import.h"
#include "engines/native/profile.h"
#include "print.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;
using native::LayerProfile;
using native::ModelProfile;

struct Args {
  std::string model;
  int threads = 1, batch = 1, runs = 50;
  bool json = false;
};

double gmacs_per_s(int64_t macs, double us) { return us > 0 ? static_cast<double>(macs) / us * 1e-3 : 0; }

void print_json(const ModelProfile& profile) {
  Json json = {{"isa", profile.isa},
               {"threads", profile.threads},
               {"batch", profile.batch},
               {"runs", profile.runs},
               {"minimum_ms", profile.minimum_ms},
               {"median_ms", profile.median_ms},
               {"activation_bytes", profile.arena_bytes},
               {"scratch_bytes", profile.scratch_bytes},
               {"weight_bytes", profile.weight_bytes},
               {"layers", Json::array()}};
  for (const LayerProfile& layer : profile.layers)
    json["layers"].push_back({{"name", layer.name},
                              {"kind", layer.kind},
                              {"output", layer.output},
                              {"macs", layer.macs},
                              {"weight_bytes", layer.weight_bytes},
                              {"minimum_us", layer.minimum_us},
                              {"median_us", layer.median_us}});
  std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

void print_text(const ModelProfile& profile) {
  double sum_us = 0;
  int64_t macs = 0;
  for (const LayerProfile& layer : profile.layers) sum_us += layer.minimum_us, macs += layer.macs;
  std::vector<std::vector<std::string>> rows{{"layer", "kind", "output", "min us", "median us", "share", "GMAC/s"}};
  for (const LayerProfile& layer : profile.layers)
    rows.push_back({layer.name, layer.kind, layer.output, fixed(layer.minimum_us, 1), fixed(layer.median_us, 1),
                    percent(layer.minimum_us / sum_us),
                    layer.macs > 0 ? fixed(gmacs_per_s(layer.macs, layer.minimum_us), 0) : ""});
  std::printf("%s, %d %s, batch %d, %d runs\n%s\n", profile.isa.c_str(), profile.threads,
              profile.threads == 1 ? "thread" : "threads", profile.batch, profile.runs, table_text(rows).c_str());
  std::printf("whole runs   %s ms at least, %s ms median; the layers' minima add up to %s ms\n",
              milliseconds(profile.minimum_ms).c_str(), milliseconds(profile.median_ms).c_str(),
              milliseconds(sum_us * 1e-3).c_str());
  std::printf("arithmetic   %s, %s GMAC/s\n", scaled(static_cast<double>(macs), "MAC").c_str(),
              fixed(gmacs_per_s(macs, profile.minimum_ms * 1e3), 0).c_str());
  std::printf("memory       %s activations, %s scratch, %s packed weights\n", bytes_text(profile.arena_bytes).c_str(),
              bytes_text(profile.scratch_bytes).c_str(), bytes_text(profile.weight_bytes).c_str());
}

Status profile(const Args& args) {
  HEADRACE_TRY(const auto file, model_file(args.model));
  HEADRACE_TRY(const ModelProfile profile, native::profile_model(file, args.threads, args.batch, args.runs));
  args.json ? print_json(profile) : print_text(profile);
  return Ok{};
}

}  // namespace

void add_profile(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "profile",
      "Shows where the native engine's time goes. Runs the model on random inputs and gives, for every layer, its share of\n"
      "the time and its multiply-accumulates per second; and the memory for activations and weights.",
      {"headrace profile int8.onnx", "headrace profile int8.onnx --threads 2 --batch 8"},
      [](const Environment&) { return profile(args); });
  command.add_option("MODEL", args.model, "The model: .onnx, .pt2, a checkpoint or a bundle")->required()->type_name("MODEL");
  command.add_option("--threads", args.threads, "Threads; 0: one per CPU (default 1)")
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  command.add_option("--batch", args.batch, "Samples a run (default 1)")->type_name("N")->check(CLI::Range(1, 4096));
  command.add_option("--runs", args.runs, "Runs to measure (default 50)")->type_name("N")->check(CLI::Range(1, 1000000));
  command.add_flag("--json", args.json, "Print JSON");
}

}  // namespace headrace::cli
