#include "passes/pass_test.h"

namespace headrace {
namespace {

using namespace testing;

constexpr std::string_view kPass = "simplify_reshape";

TEST(SimplifyReshape, GoldenOfAFlattenThatKeepsTheBatch) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 3, 2, 2});
  Value* batch = b.node("Gather", {b.node("Shape", {x}), b.constant("zero", Tensor::scalar(int64_t{0}))});
  Value* target = b.node("Concat", {b.node("Unsqueeze", {batch, ints(b, "axis", {0})}), ints(b, "rest", {-1})});
  Model model = b.finish({b.node("Reshape", {x, target})});
  expect_golden(kPass, kPass, std::move(model));
}

TEST(SimplifyReshape, GoldenOfChains) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 3, 2, 2});
  Value* first = b.node("Reshape", {x, ints(b, "three", {0, 3, 4})});
  Value* flat = typed(b.node("Flatten", {first}), {-1, 12});
  Value* again = b.node("Reshape", {flat, ints(b, "four", {0, 2, 6})});
  Value* turned = b.node("Transpose", {b.node("Transpose", {again}, {{"perm", std::vector<int64_t>{0, 2, 1}}})},
                         {{"perm", std::vector<int64_t>{1, 0, 2}}});
  Value* squeezed = b.node("Squeeze", {b.node("Unsqueeze", {turned, ints(b, "at", {1})}), ints(b, "at_too", {1})});
  expect_golden(kPass, "simplify_reshape.chains", b.finish({b.node("Relu", {squeezed})}));
}

std::vector<int64_t> target_of(const Model& model) {
  const Value* target = model.graph->nodes().back()->input(1);
  return target->is_constant() ? *to_int64_vector(target->constant()) : std::vector<int64_t>{};
}

// Reshape of x to [extent `axis` of `from`, 6, `last`].
Model computed_target(const Dims& x_dims, const Dims& from_dims, int64_t axis, int64_t last) {
  ModelBuilder b;
  Value* x = b.input("x", x_dims);
  Value* extent = b.node("Gather", {b.node("Shape", {b.input("from", from_dims)}), ints(b, "axis", {axis})});
  return b.finish({b.node("Reshape", {x, b.node("Concat", {extent, ints(b, "rest", {6, last})}, {{"axis", int64_t{0}}})})});
}

TEST(SimplifyReshape, ComputedTargets) {
  Model same_symbol = computed_target({-1, 12}, {-1, 5}, 0, -1);
  EXPECT_EQ(run_pass(kPass, same_symbol), 1);
  EXPECT_EQ(target_of(same_symbol), (std::vector<int64_t>{0, 6, -1}));

  Model elsewhere = computed_target({12, -1}, {-1, 5}, 0, 2);  // the batch moves to another axis: left to be computed
  EXPECT_EQ(run_pass(kPass, elsewhere), 1);
  EXPECT_EQ(target_of(elsewhere), (std::vector<int64_t>{-1, 6, 2}));

  expect_unchanged(kPass, computed_target({12, -1}, {-1, 5}, 0, -1));  // two would be left
}

TEST(SimplifyReshape, AllowzeroIsLeftAlone) {
  Model model = computed_target({-1, 12}, {-1, 5}, 0, -1);
  model.graph->nodes().back()->attributes["allowzero"] = int64_t{1};
  expect_unchanged(kPass, std::move(model));
}

TEST(SimplifyReshape, LeavesAZeroThatCopiesAChangedDimension) {
  ModelBuilder b;
  Value* first = b.node("Reshape", {b.input("x", {-1, 12}), ints(b, "one", {-1, 6})});
  expect_unchanged(kPass, b.finish({b.node("Reshape", {first, ints(b, "two", {0, 3, 2})})}));
}

TEST(SimplifyReshape, LeavesFlattenAtAnotherAxis) {
  ModelBuilder b;
  Value* first = b.node("Reshape", {b.input("x", {-1, 12}), ints(b, "one", {0, 3, 4})});
  expect_unchanged(kPass, b.finish({b.node("Flatten", {first}, {{"axis", int64_t{2}}})}));
}

TEST(SimplifyReshape, LeavesSqueezeOfOtherAxes) {
  ModelBuilder b;
  Value* first = b.node("Unsqueeze", {b.input("x", {1, 4}), ints(b, "at", {2})});
  Value* y = b.node("Squeeze", {first, ints(b, "other", {0})});
  Value* z = b.node("Squeeze", {b.node("Unsqueeze", {y, ints(b, "minus", {-1})}), ints(b, "two", {2})});  // unknown rank
  expect_unchanged(kPass, b.finish({b.node("Relu", {z})}));
}

TEST(SimplifyReshape, CancelsUnsqueezeOfSqueezeWithAttributes) {
  ModelBuilder b(11);
  Value* x = typed(b.node("Relu", {b.input("x", {-1, 1, 4})}), {-1, 1, 4});
  Value* y = typed(b.node("Squeeze", {x}, {{"axes", std::vector<int64_t>{1}}}), {-1, 4});
  Value* z = typed(b.node("Unsqueeze", {y}, {{"axes", std::vector<int64_t>{-2}}}), {-1, 1, 4});
  Model model = b.finish({z});
  EXPECT_EQ(run_pass(kPass, model), 1);
  EXPECT_EQ(model.graph->outputs()[0]->producer()->op_type, "Relu");
}

}  // namespace
}  // namespace headrace
