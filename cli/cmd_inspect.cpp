// headrace inspect: what a model is made of.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "deploy/import.h"
#include "deploy/signature_json.h"
#include "ir/text.h"
#include "measure/model_stats.h"
#include "print.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Args {
  std::string model;
  bool json = false, text = false, layers = false;
};

Json layer_json(const LayerStats& layer) {
  return {{"node", layer.node}, {"op_type", layer.op_type},       {"output", layer.output},      {"shape", layer.shape},
          {"macs", layer.macs}, {"parameters", layer.parameters}, {"quantized", layer.quantized}};
}

void print_json(const Args& args, const ModelStats& stats) {
  Json json = Json::parse(to_json(stats.signature));
  const auto opset = stats.opsets.find("");
  json["opset"] = opset == stats.opsets.end() ? Json(nullptr) : Json(opset->second);
  json["opsets"] = stats.opsets;
  json["ir_version"] = stats.ir_version;
  json["producer"] = stats.producer;
  json["nodes"] = stats.nodes;
  json["ops"] = stats.op_counts;
  json["parameters"] = stats.parameters;
  json["parameter_bytes"] = stats.parameter_bytes;
  json["macs"] = stats.macs;
  json["layers_without_macs"] = stats.macs_unknown;
  json["size_bytes"] = stats.file_bytes;
  json["quantized_share"] = stats.quantized_share;
  if (args.layers) {
    json["layers"] = Json::array();
    for (const LayerStats& layer : stats.layers) json["layers"].push_back(layer_json(layer));
  }
  std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

std::string opsets_text(const ModelStats& stats) {
  std::string text;
  for (const auto& [domain, version] : stats.opsets)
    text += (text.empty() ? "" : ", ") + (domain.empty() ? std::string() : domain + " ") + std::to_string(version);
  return text;
}

void print_specs(const char* kind, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs)
    std::printf("%-12s %s: %s%s\n", kind, printable(spec.name).c_str(), std::string(to_string(spec.dtype)).c_str(),
                printable(to_string(spec.shape)).c_str());
}

// "Conv 53, Relu 49, ...", the most frequent first.
std::string ops_text(const ModelStats& stats) {
  std::vector<std::pair<std::string, int64_t>> ops(stats.op_counts.begin(), stats.op_counts.end());
  std::stable_sort(ops.begin(), ops.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [op, count] : ops) text += (text.empty() ? "" : ", ") + op + " " + std::to_string(count);
  return printable(text);
}

void print_layers(const ModelStats& stats) {
  std::vector<std::vector<std::string>> rows{{"layer", "op", "output", "parameters", "MACs", ""}};
  for (const LayerStats& layer : stats.layers)
    rows.push_back({layer.node.empty() ? layer.output : layer.node, layer.op_type, layer.shape,
                    scaled(static_cast<double>(layer.parameters), ""), scaled(static_cast<double>(layer.macs), ""),
                    layer.quantized ? "INT8" : ""});
  std::printf("\n%s", table_text(rows).c_str());
}

void print_text(const Args& args, const ModelStats& stats) {
  print_specs("input", stats.signature.inputs);
  print_specs("output", stats.signature.outputs);
  std::printf("%-12s %s\n", "opset", printable(opsets_text(stats)).c_str());
  if (!stats.producer.empty()) std::printf("%-12s %s\n", "made by", printable(stats.producer).c_str());
  std::printf("%-12s %lld: %s\n", "nodes", static_cast<long long>(stats.nodes), ops_text(stats).c_str());
  std::printf("%-12s %s\n", "parameters", scaled(static_cast<double>(stats.parameters), "").c_str());
  std::printf(
      "%-12s %s per sample%s\n", "MACs", scaled(static_cast<double>(stats.macs), "").c_str(),
      stats.macs_unknown > 0 ? (", without " + std::to_string(stats.macs_unknown) + " layers of unknown shape").c_str() : "");
  std::printf("%-12s %s\n", "file", bytes_text(stats.file_bytes).c_str());
  std::printf("%-12s %s of the MACs in INT8\n", "quantised", percent(stats.quantized_share).c_str());
  if (args.layers) print_layers(stats);
}

Status inspect(const Args& args) {
  if (args.text) {
    HEADRACE_TRY(const Model model, import_model(args.model));
    std::fputs(to_text(model).c_str(), stdout);
    return Ok{};
  }
  HEADRACE_TRY(const auto file, model_file(args.model));
  HEADRACE_TRY(const ModelStats stats, model_stats(file));
  args.json ? print_json(args, stats) : print_text(args, stats);
  return Ok{};
}

}  // namespace

void add_inspect(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "inspect",
      "Shows what a model is made of. Inputs and outputs, opset, ops, parameters, multiply-accumulates (MACs) for one\n"
      "sample, file size, and how much of the arithmetic is in INT8.",
      {"headrace inspect model.onnx", "headrace inspect model.onnx --layers", "headrace inspect bundle --json"},
      [](const Environment&) { return inspect(args); });
  command.add_option("MODEL", args.model, "The model: .onnx, .pt2, a checkpoint or a bundle")->required()->type_name("MODEL");
  command.add_flag("--layers", args.layers, "Also every layer that multiplies");
  CLI::Option* json = command.add_flag("--json", args.json, "Print JSON");
  command.add_flag("--text", args.text, "Print the whole graph as text")->excludes(json);
}

}  // namespace headrace::cli
