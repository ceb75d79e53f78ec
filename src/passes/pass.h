// Graph passes. Every pass runs through one wrapper: name, switch, timing, verifier. The list is in pass_list.cpp; a new pass
// is one file and one line there.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

// Computes the outputs of one node whose inputs are all constants. Engines are below passes, so the caller brings one.
using ConstantEvaluator = std::function<Result<std::vector<Tensor>>(const Model& model, const Node& node)>;

struct PassContext {
  ConstantEvaluator evaluate;  // empty: constant folding does only what it can by itself
  // Constants larger than this are not created by folding (an Expand of a scalar would blow the file up).
  size_t max_folded_bytes = size_t{16} << 20;
};

struct Pass {
  std::string_view name;     // "fold_batch_norm"
  std::string_view summary;  // one line for --help and docs
  // Rewrites the graph; returns how many places it changed. Must leave the verifier content.
  Result<int> (*run)(Model& model, const PassContext& context);
};

struct PassReport {
  std::string_view name;
  int changes = 0;
  double milliseconds = 0;
};

// Every pass, in the order in which they run.
std::span<const Pass> all_passes();

struct PassOptions {
  std::set<std::string, std::less<>> disabled;  // names; an unknown name is an error
  // The list is repeated while it changes something; most models come to rest after three rounds. Where each reshape is computed
  // from the shape of the one before, as old exporters leave it, every round makes the next one's shapes known.
  int max_rounds = 32;
};

// Runs the list over the model, then shape inference. Errors: invalid_argument for an unknown pass name, internal_error (naming
// the pass) when the verifier finds the graph broken after one.
Result<std::vector<PassReport>> run_passes(Model& model, const PassContext& context, const PassOptions& options = {});

}  // namespace headrace
