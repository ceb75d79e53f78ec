#include "serve/model/batch_rule.h"

#include <algorithm>

namespace headrace::serve {
namespace {

constexpr int64_t kDefaultRows = 8;  // as ModelOptions::max_batch_size says

bool share_a_free_first_extent(const std::vector<TensorSpec>& inputs) {
  std::string symbol;
  for (const TensorSpec& spec : inputs) {
    if (spec.shape.empty() || spec.shape[0].known()) return false;
    const std::string& name = spec.shape[0].symbol;
    if (!name.empty() && !symbol.empty() && name != symbol) return false;
    if (symbol.empty()) symbol = name;
  }
  return !inputs.empty();
}

// Rows of types below 8 bits may begin within a byte, where nothing can be cut or joined.
bool rows_are_whole_bytes(const TensorSpec& spec) { return spec.dtype == DType::kString || bits_of(spec.dtype) % 8 == 0; }

// An output without a shape may be a scalar or one whose shape is not known: the first shared batch will tell.
bool may_have_rows(const TensorSpec& output) { return output.shape.empty() || !output.shape[0].known(); }

}  // namespace

BatchRule batch_rule(const Signature& signature, const ModelOptions& options) {
  BatchRule rule;
  rule.has_batch = share_a_free_first_extent(signature.inputs);
  if (!rule.has_batch) return rule;
  rule.max_rows = options.max_batch_size > 0 ? options.max_batch_size : kDefaultRows;
  rule.together = rule.max_rows > 1 && std::ranges::all_of(signature.inputs, rows_are_whole_bytes) &&
                  std::ranges::all_of(signature.outputs, rows_are_whole_bytes) &&
                  std::ranges::all_of(signature.outputs, may_have_rows);
  return rule;
}

}  // namespace headrace::serve
