#include "serve/model/batch_rule.h"

#include <algorithm>
#include <optional>
#include <string>

namespace headrace::serve {
namespace {

constexpr int64_t kDefaultRows = 8;  // as ModelOptions::max_batch_size says

// What the first extent of every input is called: empty where it has no name, nullopt where there is no such extent.
std::optional<std::string> free_first_extent(const std::vector<TensorSpec>& inputs) {
  if (inputs.empty()) return std::nullopt;
  std::string symbol;
  for (const TensorSpec& spec : inputs) {
    if (spec.shape.empty() || spec.shape[0].known()) return std::nullopt;
    const std::string& name = spec.shape[0].symbol;
    if (!name.empty() && !symbol.empty() && name != symbol) return std::nullopt;
    if (symbol.empty()) symbol = name;
  }
  return symbol;
}

// Rows of types below 8 bits may begin within a byte, where nothing can be cut or joined.
bool rows_are_whole_bytes(const TensorSpec& spec) { return spec.dtype == DType::kString || bits_of(spec.dtype) % 8 == 0; }

// An output without a shape may be a scalar or one whose shape is not known: the first shared batch will tell. Where both have
// names, they must agree: a detector's boxes are counted by an extent of their own, which may be that of the batch by accident,
// and then every caller would get the boxes of another.
bool may_have_rows(const TensorSpec& output, const std::string& batch) {
  if (output.shape.empty()) return true;
  const Dim& first = output.shape[0];
  return !first.known() && (first.symbol.empty() || batch.empty() || first.symbol == batch);
}

// An extent within a row that is as large as the batch would grow with it (scores of all against all): rows then depend on those
// beside them.
bool is_in_rows(const std::vector<TensorSpec>& specs, const std::string& batch) {
  return !batch.empty() && std::ranges::any_of(specs, [&](const TensorSpec& spec) {
    return spec.shape.size() > 1 &&
           std::any_of(spec.shape.begin() + 1, spec.shape.end(), [&](const Dim& dim) { return dim.symbol == batch; });
  });
}

}  // namespace

BatchRule batch_rule(const Signature& signature, const ModelOptions& options) {
  BatchRule rule;
  const std::optional<std::string> batch = free_first_extent(signature.inputs);
  rule.has_batch = batch.has_value();
  if (!rule.has_batch) return rule;
  rule.max_rows = options.max_batch_size > 0 ? options.max_batch_size : kDefaultRows;
  rule.together = rule.max_rows > 1 && std::ranges::all_of(signature.inputs, rows_are_whole_bytes) &&
                  std::ranges::all_of(signature.outputs, rows_are_whole_bytes) &&
                  std::ranges::all_of(signature.outputs, [&](const TensorSpec& spec) { return may_have_rows(spec, *batch); }) &&
                  !is_in_rows(signature.inputs, *batch) && !is_in_rows(signature.outputs, *batch);
  return rule;
}

}  // namespace headrace::serve
