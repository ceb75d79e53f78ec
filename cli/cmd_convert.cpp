// headrace convert: any model we read, folded and written as ONNX.
#include <cstdio>

#include "command.h"
#include "deploy/convert.h"
#include "print.h"
#include "recipe_flags.h"

namespace headrace::cli {
namespace {

struct Args {
  std::string model, output;
  ConvertOptions options;
  std::string batch;
  std::vector<std::string> disabled;
  bool verbose = false;
  RecipeFlags flags;
};

void print_passes(const std::vector<PassReport>& passes) {
  for (const PassReport& pass : passes)
    if (pass.changes > 0)
      std::printf("%-28s %6d changes  %8.1f ms\n", std::string(pass.name).c_str(), pass.changes, pass.milliseconds);
}

Status convert_model(Args& args) {
  Recipe recipe;
  HEADRACE_CHECK(args.flags.apply(recipe));
  args.options.opset = recipe.opset;
  args.options.weights = recipe.weights;
  args.options.passes.disabled = {args.disabled.begin(), args.disabled.end()};
  if (!args.batch.empty()) {
    HEADRACE_TRY(args.options.batch, parse_batch(args.batch));
  }
  HEADRACE_TRY(const Converted converted, convert_file(args.model, args.output, args.options));
  if (args.verbose) print_passes(converted.passes);
  std::printf("%s: %s, %zu nodes, opset %lld (was %s, %zu nodes, opset %lld)\n", args.output.c_str(),
              bytes_text(converted.after.bytes).c_str(), converted.after.nodes, static_cast<long long>(converted.after.opset),
              bytes_text(converted.before.bytes).c_str(), converted.before.nodes, static_cast<long long>(converted.before.opset));
  return Ok{};
}

std::string pass_names() {
  std::string names;
  for (const Pass& pass : all_passes()) names += (names.empty() ? "" : ", ") + std::string(pass.name);
  return names;
}

}  // namespace

void add_convert(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command =
      add_command(app, chosen, "convert",
                  "Reads a model, folds and cleans its graph, and writes it as ONNX. The answers stay the same; constants are\n"
                  "folded, BatchNorm goes into the layers before it, and what computes nothing is removed.",
                  {"headrace convert model.onnx -o folded.onnx", "headrace convert model.onnx -o batch8.onnx --batch 8",
                   "headrace convert old.onnx -o new.onnx --opset 17 --verbose",
                   "headrace convert --graph resnet50.pt2 --weights epoch90.pth -o epoch90.onnx"},
                  [](const Environment&) { return convert_model(args); });
  command.add_option("--graph,MODEL", args.model, "The model: .onnx, .pt2, a checkpoint or a bundle")
      ->required()
      ->type_name("MODEL");
  command.add_option("-o,--output", args.output, "The ONNX file to write")->required()->type_name("FILE");
  args.flags.add(command, "convert");
  command.add_option("--batch", args.batch, "Batch size of all inputs: a number, or dynamic")->type_name("N");
  command.add_option("--input-names", args.options.input_names, "New names of all inputs, in their order, with commas between")
      ->type_name("NAMES")
      ->delimiter(',');
  command.add_option("--output-names", args.options.output_names, "The same for outputs")->type_name("NAMES")->delimiter(',');
  command.add_option("--disable-pass", args.disabled, "Leave out a pass: " + pass_names())
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_flag("--external-data", args.options.write.external_data, "Write the weights beside the model, to FILE.data");
  command.add_flag("--verbose", args.verbose, "Print what each pass changed");
}

}  // namespace headrace::cli
