// headrace run: a prediction.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.h"
#include "deploy/predict.h"
#include "print.h"
#include "recipe_flags.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Args {
  std::string model;
  std::vector<std::string> inputs;
  size_t top = 5;
  bool json = false;
  RecipeFlags flags;
};

Json candidates_json(const std::vector<Candidate>& top) {
  Json list = Json::array();
  for (const Candidate& candidate : top)
    list.push_back({{"index", candidate.index},
                    {"label", candidate.label.empty() ? Json(nullptr) : Json(candidate.label)},
                    {"probability", candidate.probability}});
  return list;
}

Json outputs_json(const Signature& signature, const Prediction& prediction) {
  Json list = Json::array();
  for (size_t i = 0; i < prediction.outputs.size(); ++i) {
    const Tensor& output = prediction.outputs[i];
    list.push_back({{"name", signature.outputs[i].name}, {"dtype", to_string(output.dtype())}, {"shape", output.dims()}});
  }
  return list;
}

void print_candidates(const Prediction& prediction) {
  for (const Candidate& candidate : prediction.top)
    std::printf("  %6.2f %%  %5lld  %s\n", 100 * candidate.probability, static_cast<long long>(candidate.index),
                candidate.label.c_str());
}

// For outputs that are not class scores: their first values.
void print_outputs(const Signature& signature, const Prediction& prediction) {
  constexpr size_t kShown = 8;
  for (size_t i = 0; i < prediction.outputs.size(); ++i) {
    const Tensor& output = prediction.outputs[i];
    std::printf("  %s: %s%s", signature.outputs[i].name.c_str(), std::string(to_string(output.dtype())).c_str(),
                to_string(output.dims()).c_str());
    if (const Result<std::vector<float>> values = to_float_vector(output)) {
      std::printf(" =");
      for (size_t v = 0; v < std::min(kShown, values->size()); ++v) std::printf(" %g", (*values)[v]);
      if (values->size() > kShown) std::printf(" ...");
    }
    std::printf("\n");
  }
}

void print_text(const Signature& signature, const std::vector<Prediction>& predictions) {
  for (const Prediction& prediction : predictions) {
    std::printf("%s\n", prediction.source.c_str());
    prediction.top.empty() ? print_outputs(signature, prediction) : print_candidates(prediction);
  }
}

Json engine_json(const ChosenEngine& engine) {
  return {{"name", engine.engine},
          {"source", to_string(engine.source)},
          {"reason", engine.reason.empty() ? Json(nullptr) : Json(engine.reason)}};
}

// What the user waited for, or did not get. A choice that was known already is nothing new.
void tell(const ChosenEngine& engine) {
  if (engine.source == ChosenEngine::Source::kMeasured || engine.source == ChosenEngine::Source::kFallback)
    std::fprintf(stderr, "engine: %s, %s\n", engine.engine.c_str(), printable(engine.reason).c_str());
}

Status run_model(Args& args, const Environment& environment) {
  const auto overlay = [&](Recipe& recipe) { return args.flags.apply(recipe); };
  HEADRACE_TRY(const Predictor predictor, Predictor::open(args.model, overlay, {environment.program, environment.progress}));
  tell(predictor.engine());
  Json results = Json::array();
  for (const std::string& input : args.inputs) {
    HEADRACE_TRY(const std::vector<Prediction> predictions, predictor.run(input, args.top));
    if (!args.json) print_text(predictor.signature(), predictions);
    for (const Prediction& prediction : predictions)
      results.push_back({{"input", prediction.source},
                         {"top", candidates_json(prediction.top)},
                         {"outputs", outputs_json(predictor.signature(), prediction)}});
  }
  if (args.json)
    std::printf("%s\n", Json{{"engine", engine_json(predictor.engine())}, {"results", results}}
                            .dump(2, ' ', false, Json::error_handler_t::replace)
                            .c_str());
  return Ok{};
}

}  // namespace

void add_run(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "run",
      "Makes predictions for pictures or arrays. Runs a bundle with its own preprocessing and class names, or a model, and "
      "prints\n"
      "the likeliest classes with their probabilities. Of outputs that are not class scores the first values are shown.\n"
      "The engine is the bundle's choice. On a machine other than the bundle's, and for a model, the engines are measured for a\n"
      "few seconds, and the fastest whose answers are right is remembered.",
      {"headrace run bundle photo.jpg", "headrace run bundle photos/ --top 1 --json",
       "headrace run model.onnx photo.jpg --preprocess imagenet --labels classes.txt",
       "headrace run bundle photo.jpg --engine auto"},
      [](const Environment& environment) { return run_model(args, environment); });
  command.add_option("MODEL", args.model, "A bundle, or a model file")->required()->type_name("MODEL_OR_BUNDLE");
  command.add_option("INPUT", args.inputs, "Pictures, folders of them, .npy, .npz or lists of paths")
      ->required()
      ->type_name("INPUT...");
  command.add_option("--top", args.top, "How many classes to show (default 5)")->type_name("N")->check(CLI::Range(1, 100000));
  args.flags.add(command, "run");
  command.add_flag("--json", args.json, "Print JSON");
}

}  // namespace headrace::cli
