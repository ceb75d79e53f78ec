// The list of passes, in the order in which they run. A new pass is one file and one line here.
//
// What is computed twice is merged first, so that constants are not folded twice. Normalisations are folded before those that
// remain are lowered; what lowering leaves, fold_scale_shift may still take up. Dead readers go before group_activation counts
// readers. The list is repeated, so order decides the number of rounds, hardly ever the result.
#include "passes/pass.h"

#define HEADRACE_PASSES(PASS)                                                                                           \
  PASS(eliminate_common_subexpressions, "merges equal constants and nodes that compute the same")                       \
  PASS(fold_constants, "computes what depends on constants and known shapes alone")                                     \
  PASS(eliminate_identity, "removes nodes that hand their input on: Identity, Dropout, x * 1, a Pad by nothing")        \
  PASS(simplify_reshape, "merges and cancels Reshape, Flatten, Squeeze and Transpose; makes computed targets constant") \
  PASS(fold_pad, "puts a Pad with zeros into the pads of the Conv behind it")                                           \
  PASS(fold_batch_norm, "puts a BatchNormalization into the weights of the layer in front of it")                       \
  PASS(lower_batch_norm, "turns a BatchNormalization that stands alone into Mul and Add")                               \
  PASS(fold_scale_shift, "puts Mul, Div, Add and Sub by a constant per channel into the weights in front of them")      \
  PASS(eliminate_dead_code, "removes nodes and constants that nothing needs")                                           \
  PASS(group_activation, "notes on a layer which activation follows it; the file does not change")

namespace headrace {
namespace passes {

#define HEADRACE_DECLARE_PASS(name, summary) Result<int> name(Model& model, const PassContext& context);
HEADRACE_PASSES(HEADRACE_DECLARE_PASS)
#undef HEADRACE_DECLARE_PASS

}  // namespace passes

std::span<const Pass> all_passes() {
#define HEADRACE_LIST_PASS(name, summary) {#name, summary, passes::name},
  static constexpr Pass kPasses[] = {HEADRACE_PASSES(HEADRACE_LIST_PASS)};
#undef HEADRACE_LIST_PASS
  return kPasses;
}

}  // namespace headrace
