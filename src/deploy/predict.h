// A prediction: a bundle or a model, and pictures or arrays. What `headrace run` does.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "deploy/auto_engine.h"
#include "deploy/recipe.h"
#include "engines/engine.h"

namespace headrace {

struct Candidate {
  int64_t index = 0;
  std::string label;       // empty where class names are not known
  double probability = 0;  // softmax of the logits, or the model's own figure where it ends in probabilities
};

struct Prediction {
  std::string source;
  std::vector<Candidate> top;   // best first; empty when no output looks like class scores
  std::vector<Tensor> outputs;  // in the signature's order
};

// Lays what was asked for over the recipe that a bundle brings (the defaults, for a model file).
using RecipeOverlay = std::function<Status(Recipe&)>;

class Predictor {
 public:
  // `given` is a bundle, which brings its recipe, class names and engine, or a model file. Where no engine is named it is chosen,
  // by measuring if it must be (auto_engine.h). Errors: those of the reader, the engine and the overlay.
  static Result<Predictor> open(const std::filesystem::path& given, const RecipeOverlay& overlay = {},
                                const AutoOptions& options = {});

  const ChosenEngine& engine() const { return engine_; }
  const Signature& signature() const { return session_->signature(); }
  // Every sample of `input`: a picture, or anything that open_dataset() takes.
  Result<std::vector<Prediction>> run(const std::string& input, size_t top) const;

 private:
  Recipe recipe_;
  std::vector<std::string> labels_;
  ChosenEngine engine_;
  std::unique_ptr<Session> session_;
};

// The `count` largest of one row of class scores, as probabilities.
std::vector<Candidate> top_candidates(std::span<const float> scores, size_t count, std::span<const std::string> labels);

}  // namespace headrace
