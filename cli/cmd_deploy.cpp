// headrace deploy: the whole path, into a bundle.
#include <cstdio>

#include "base/mapped_file.h"
#include "command.h"
#include "deploy/deploy.h"
#include "error.h"
#include "recipe_flags.h"
#include "report/report.h"

namespace headrace::cli {
namespace {

struct Args {
  std::string model_or_recipe, output, measured;
  bool json = false;
  RecipeFlags flags;
};

// The recipe named on the command line, or a fresh one for the model named there; flags win over it.
Result<Recipe> recipe_of(const Args& args) {
  Recipe recipe;
  if (args.model_or_recipe.ends_with(".toml")) {
    HEADRACE_TRY(recipe, read_recipe(args.model_or_recipe));
  } else {
    recipe.model = args.model_or_recipe;
  }
  HEADRACE_CHECK(args.flags.apply(recipe));
  if (recipe.model.empty())
    return invalid_argument("the recipe names no model; add  model = \"model.onnx\"").at(args.model_or_recipe);
  return recipe;
}

// Rows that another program has measured: a report.json of which only `variants` counts.
Result<std::vector<Variant>> measured_rows(const std::string& path) {
  if (path.empty()) return std::vector<Variant>{};
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  Result<DeployReport> report = parse_report({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()});
  if (!report) return std::move(report).error().at(path);
  return std::move(report->variants);
}

void print_text(const Args& args, const DeployReport& report) {
  std::printf("%s\n", to_table(report).c_str());
  for (const StepTime& step : report.steps)
    std::printf("  %-9s %6.1f s  %s\n", step.name.c_str(), step.seconds, step.note.c_str());
  std::printf("\n%s: model.onnx is the recommended version; report.html has the whole picture\n", args.output.c_str());
}

Status deploy_model(const Args& args, const Environment& environment) {
  HEADRACE_TRY(const Recipe recipe, recipe_of(args));
  HEADRACE_TRY(std::vector<Variant> measured, measured_rows(args.measured));
  HEADRACE_TRY(const DeployReport report,
               deploy(recipe, args.output, {environment.program, std::move(measured)}, environment.progress));
  if (args.json) std::fputs(to_json(report).c_str(), stdout);
  else print_text(args, report);
  return Ok{};
}

}  // namespace

void add_deploy(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "deploy",
      "Takes a model all the way into a bundle. Fuses and quantises it, measures what that costs and buys on this machine, and\n"
      "writes a folder: the recommended model, its signature, the recipe and a report (report.json, report.html). A failure\n"
      "leaves nothing behind.",
      {"headrace deploy resnet50.pth -o bundle --calibration photos/",
       "headrace deploy model.pt2 --weights epoch90.pth -o bundle --calibration photos/",
       "headrace deploy model.onnx -o bundle --calibration calib/ --evaluation val/ --max-drop 1",
       "headrace deploy headrace.toml -o bundle --threads 1,2"},
      [](const Environment& environment) { return deploy_model(args, environment); });
  command.add_option("MODEL", args.model_or_recipe, "The model: .onnx, .pt2 or a checkpoint; or a headrace.toml")
      ->required()
      ->type_name("MODEL_OR_RECIPE");
  command.add_option("-o,--output", args.output, "The folder to write the bundle to; an older bundle there is replaced")
      ->required()
      ->type_name("DIR");
  args.flags.add(command, "deploy");
  command.add_option("--measured", args.measured, "Rows measured elsewhere, as in a report.json, to put first in the table")
      ->type_name("FILE");
  command.add_flag("--json", args.json, "Print the report as JSON");
}

}  // namespace headrace::cli
