// headrace compare: two models, or one model on two engines, on the same data.
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "deploy/import.h"
#include "deploy/open_data.h"
#include "error.h"
#include "measure/compare.h"
#include "print.h"
#include "recipe_flags.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr size_t kLayerSamples = 16;

struct Args {
  std::string a, b, data, engine_a = "ort", engine_b;
  int threads = 0;
  bool layers = false, json = false;
  RecipeFlags flags;
};

struct Outcome {
  Comparison comparison;
  std::vector<LayerError> layers;
};

Json number_json(double value) { return std::isinf(value) ? Json("inf") : std::isnan(value) ? Json(nullptr) : Json(value); }
Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json side_json(const std::string& model, std::string_view engine, const Accuracy& accuracy) {
  return {{"model", model}, {"engine", engine}, {"top1", optional_json(accuracy.top1)}, {"top5", optional_json(accuracy.top5)}};
}

void print_json(const Args& args, const Outcome& outcome) {
  const Comparison& c = outcome.comparison;
  Json json = {{"a", side_json(args.a, args.engine_a, c.a)},
               {"b", side_json(args.b, args.engine_b, c.b)},
               {"samples", c.samples},
               {"agreement_top1", c.agreement_top1},
               {"agreement_confident", c.confident_samples > 0 ? Json(c.agreement_confident) : Json(nullptr)},
               {"confident_samples", c.confident_samples},
               {"sqnr_db", number_json(c.sqnr_db)},
               {"max_abs_error", number_json(c.max_abs_error)},
               {"same_bits", c.same_bits}};
  if (args.layers) {
    json["layers"] = Json::array();
    for (const LayerError& layer : outcome.layers)
      json["layers"].push_back(
          {{"node", layer.node}, {"op_type", layer.op_type}, {"tensor", layer.tensor}, {"sqnr_db", number_json(layer.sqnr_db)}});
  }
  std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

void print_accuracy(const char* side, const Accuracy& accuracy) {
  if (!accuracy.top1) return;
  std::printf("%s: top-1 %s", side, percent(*accuracy.top1).c_str());
  if (accuracy.top5) std::printf(", top-5 %s", percent(*accuracy.top5).c_str());
  std::printf("\n");
}

void print_text(const Args& args, const Outcome& outcome) {
  const Comparison& c = outcome.comparison;
  std::printf("A  %s on %s\nB  %s on %s\n", args.a.c_str(), args.engine_a.c_str(), args.b.c_str(), args.engine_b.c_str());
  std::printf("samples            %zu\n", c.samples);
  print_accuracy("accuracy of A", c.a);
  print_accuracy("accuracy of B", c.b);
  std::printf("same top-1         %s\n", percent(c.agreement_top1).c_str());
  if (c.confident_samples > 0)
    std::printf("  where A is sure  %s of %zu samples (confidence above 0.5)\n", percent(c.agreement_confident).c_str(),
                c.confident_samples);
  std::printf("SQNR               %s\n", decibels(c.sqnr_db).c_str());
  std::printf("largest error      %g%s\n", c.max_abs_error, c.same_bits ? " (the same bits)" : "");
  if (!args.layers) return;
  std::vector<std::vector<std::string>> rows{{"node", "op", "SQNR"}};
  for (const LayerError& layer : outcome.layers) rows.push_back({layer.node, layer.op_type, decibels(layer.sqnr_db)});
  std::printf("\nerror of each layer, in order:\n%s", table_text(rows).c_str());
}

Result<Outcome> measure(Args& args, const Recipe& recipe, const Progress& progress) {
  HEADRACE_TRY(const auto file_a, model_file(args.a));
  HEADRACE_TRY(const auto file_b, model_file(args.b));
  HEADRACE_TRY(const Engine* engine_a, find_engine(args.engine_a));
  HEADRACE_TRY(const Engine* engine_b, find_engine(args.engine_b));
  SessionOptions options;
  options.threads = args.threads;
  HEADRACE_TRY(const Model model, import_model(file_a));
  HEADRACE_TRY(const auto data, open_data(recipe, args.data, signature_of(model)));
  std::vector<std::string> warnings;
  warn_of_skipped(data.get(), warnings);
  for (const std::string& warning : warnings) warn(warning);
  const Side a{file_a.string(), engine_a, options}, b{file_b.string(), engine_b, options};
  Outcome outcome;
  HEADRACE_TRY(outcome.comparison, compare(a, b, *data, progress));
  if (args.layers) {
    HEADRACE_TRY(outcome.layers, compare_layers(a, b, *data, kLayerSamples, progress));
  }
  return outcome;
}

Status compare_models(Args& args, const Environment& environment) {
  Recipe recipe;
  HEADRACE_CHECK(args.flags.apply(recipe));
  if (args.engine_b.empty()) args.engine_b = args.engine_a;
  HEADRACE_TRY(const Outcome outcome, measure(args, recipe, environment.progress));
  args.json ? print_json(args, outcome) : print_text(args, outcome);
  return Ok{};
}

}  // namespace

void add_compare(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "compare",
      "Says how far one model's answers are from another's. Runs both on the same samples: accuracy where the data has labels,\n"
      "the share of samples with the same top-1 class, signal-to-noise ratio, and the largest error (0 means the same bits).",
      {"headrace compare model.onnx int8.onnx --data photos/",
       "headrace compare int8.onnx int8.onnx --data photos/ --engine ort --engine-b openvino",
       "headrace compare model.onnx int8.onnx --data photos/ --layers"},
      [](const Environment& environment) { return compare_models(args, environment); });
  command.add_option("A", args.a, "The model to compare against")->required()->type_name("A");
  command.add_option("B", args.b, "The model to judge")->required()->type_name("B");
  command
      .add_option("--data", args.data,
                  "Samples: a folder of pictures (sub-folders are labels), .npy, .npz, or a text list of paths")
      ->required()
      ->type_name("DATA");
  command.add_option("--engine", args.engine_a, "Engine for A, and for B without --engine-b (default ort)")->type_name("E");
  command.add_option("--engine-b", args.engine_b, "Engine for B")->type_name("E");
  command.add_option("--threads", args.threads, "Threads per session; 0: one per CPU (default 0)")
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  args.flags.add(command, "compare");
  command.add_flag("--layers", args.layers, "Also the error of every layer (the first 16 samples); A must be the float model");
  command.add_flag("--json", args.json, "Print JSON");
}

}  // namespace headrace::cli
