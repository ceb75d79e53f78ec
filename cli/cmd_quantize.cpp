// headrace quantize: FP32 in, INT8 out.
#include <cstdio>

#include "command.h"
#include "deploy/quantize_file.h"
#include "error.h"
#include "print.h"
#include "recipe_flags.h"

namespace headrace::cli {
namespace {

struct Args {
  Recipe recipe;
  std::string output;
  RecipeFlags flags;
};

void print_result(const std::string& output, const QuantizedFile& result) {
  for (const std::string& warning : result.report.warnings) warn(warning);
  for (const std::string& note : result.notes) std::printf("%s\n", note.c_str());
  std::printf("%d nodes in INT8, %d in float", result.report.quantized_nodes, result.report.float_nodes);
  if (result.report.samples > 0) std::printf(", %d calibration samples", result.report.samples);
  std::printf(", %.1f s\n", result.report.seconds_total);
  for (const std::string& kept : result.report.kept_float) std::printf("  in float: %s\n", kept.c_str());
  std::printf("%s: %s, %.2f of the %s before\n", output.c_str(), bytes_text(result.bytes_after).c_str(),
              static_cast<double>(result.bytes_after) / static_cast<double>(result.bytes_before),
              bytes_text(result.bytes_before).c_str());
}

Status quantize_model(Args& args, const Environment& environment) {
  HEADRACE_CHECK(args.flags.apply(args.recipe));
  HEADRACE_TRY(const QuantizedFile result, quantize_file(args.recipe, args.output, environment.progress));
  print_result(args.output, result);
  return Ok{};
}

}  // namespace

void add_quantize(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command =
      add_command(app, chosen, "quantize",
                  "Writes an INT8 version of a model. Static quantisation sets scales by calibration samples: some 100 of what "
                  "the model will\n"
                  "see in use. The file runs in stock ONNX Runtime and OpenVINO, with the same answers on every CPU.",
                  {"headrace quantize model.onnx -o int8.onnx --calibration photos/",
                   "headrace quantize bert.onnx -o int8.onnx --mode dynamic",
                   "headrace quantize model.onnx -o int8.onnx --calibration data.npz --preprocess none --observer percentile"},
                  [](const Environment& environment) { return quantize_model(args, environment); });
  command.add_option("MODEL", args.recipe.model, "The float model: .onnx, .pt2 or a checkpoint")->required()->type_name("MODEL");
  command.add_option("-o,--output", args.output, "The ONNX file to write")->required()->type_name("FILE");
  args.flags.add(command, "quantize");
}

}  // namespace headrace::cli
