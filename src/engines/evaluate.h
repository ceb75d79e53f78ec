// Runs single nodes and in-memory models through an engine: what constant folding and tests need.
#pragma once

#include "base/error.h"
#include "engines/engine.h"
#include "ir/model.h"
#include "passes/pass.h"

namespace headrace {

// A constant evaluator over ONNX Runtime (optimisation off). Loads the library at its first use only.
ConstantEvaluator constant_evaluator();

// Serialises the model and loads it.
Result<std::unique_ptr<Session>> load_model(const Engine& engine, const Model& model, const SessionOptions& options);

}  // namespace headrace
