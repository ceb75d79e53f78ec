#include "serve/repository/warm_up.h"

#include <algorithm>
#include <set>

#include "measure/client_loop.h"
#include "measure/random_inputs.h"
#include "serve/model/batch_rule.h"

namespace headrace::serve {
namespace {

// Whether made-up inputs are such as the model must be able to run: all extents but the batch are known, and there are no
// integers, which may be indices or shapes and then are not valid for every value.
bool must_run(const Signature& signature) {
  return std::all_of(signature.inputs.begin(), signature.inputs.end(), [](const TensorSpec& input) {
    const bool real = input.dtype == DType::kFloat32 || input.dtype == DType::kFloat16 || input.dtype == DType::kFloat64;
    return real && (input.shape.empty() ||
                    std::all_of(input.shape.begin() + 1, input.shape.end(), [](const Dim& dim) { return dim.known(); }));
  });
}

}  // namespace

Result<int64_t> batch_limit(const Signature& signature, const ModelOptions& options) {
  const BatchRule rule = batch_rule(signature, options);
  if (rule.has_batch || options.max_batch_size <= 1) return rule.max_rows;
  return invalid_argument("serve.max-batch-size is " + std::to_string(options.max_batch_size) +
                          ", but the model's inputs do not all begin with one free extent; make the batch free "
                          "(headrace convert --batch dynamic)");
}

Result<std::vector<Tensor>> batch_inputs(const Signature& signature, int64_t batch) {
  const bool fixed = batch == 0 && !signature.inputs.empty() && !signature.inputs.front().shape.empty() &&
                     signature.inputs.front().shape.front().known();
  return random_inputs(signature, fixed ? static_cast<int>(signature.inputs.front().shape.front().extent)
                                        : static_cast<int>(std::max<int64_t>(batch, 1)));
}

Status warm_up(const ParallelSessions& parallel, int64_t max_batch_size) {
  const Signature& signature = parallel.sessions.front()->signature();
  for (const int64_t batch : std::set<int64_t>{std::min<int64_t>(max_batch_size, 1), max_batch_size}) {
    const Result<std::vector<Tensor>> inputs = batch_inputs(signature, batch);
    if (!inputs) return Ok{};  // types that have no random values
    const Result<Window> window = run_window(parallel.sessions, *inputs, parallel.parallelism.instances, 0);
    if (!window && must_run(signature)) return window.error();
  }
  return Ok{};
}

}  // namespace headrace::serve
