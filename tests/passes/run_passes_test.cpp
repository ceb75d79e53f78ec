#include <cstdlib>

#include "ir/text.h"
#include "ir/verify.h"
#include "passes/pass_test.h"
#include "support/paths.h"

namespace headrace {
namespace {

using namespace testing;

// Conv, Identity, BatchNormalization, Relu, then a flatten as exporters spell it, Gemm and Dropout.
Model exported_model() {
  ModelBuilder b;
  Random random;
  Value* x = b.input("x", {-1, 2, 4, 4});
  Value* conv = b.node("Identity", {b.node("Conv", {x, b.constant("conv.weight", random.normal({3, 2, 1, 1}))})});
  Value* norm =
      b.node("BatchNormalization", {conv, b.constant("gamma", random.uniform({3}, 1, 2)), b.constant("beta", random.normal({3})),
                                    b.constant("mean", random.normal({3})), b.constant("var", random.uniform({3}, 1, 2))});
  Value* relu = b.node("Relu", {norm});
  Value* batch =
      b.node("Gather", {b.node("Shape", {relu}), b.constant("zero", Tensor::scalar(int64_t{0}))}, {{"axis", int64_t{0}}});
  Value* target =
      b.node("Concat", {b.node("Unsqueeze", {batch, ints(b, "axis", {0})}), ints(b, "rest", {48})}, {{"axis", int64_t{0}}});
  Value* flat = b.node("Reshape", {relu, target});
  Value* y = b.node("MatMul", {flat, b.constant("fc.weight", random.normal({48, 5}))});
  Value* z = b.node("Add", {b.constant("fc.bias", random.normal({5})), y});
  return b.finish({typed(b.node("Dropout", {z}, {}, "logits"), {-1, 5})});
}

const PassReport& report_of(const std::vector<PassReport>& reports, std::string_view name) {
  for (const PassReport& report : reports)
    if (report.name == name) return report;
  ADD_FAILURE() << "no report of " << name;
  return reports.front();
}

TEST(RunPasses, GoldenOfAWholeModel) {
  Model model = exported_model();
  std::string text = "before\n" + to_text(model);
  const auto reports = run_passes(model, {});
  ASSERT_OK(reports);
  ASSERT_OK(verify(model));
  text += "\nafter\n" + to_text(model);
  const auto path = std::filesystem::path(testing::test_data()) / "golden" / "passes" / "run_passes.txt";
  if (std::getenv("HEADRACE_UPDATE_GOLDEN") != nullptr) write_file(path, text);
  EXPECT_EQ(text, read_file(path));
}

TEST(RunPasses, ReportsEveryPassOnceAndComesToRest) {
  Model model = exported_model();
  const auto first = run_passes(model, {});
  ASSERT_OK(first);
  ASSERT_EQ(first->size(), all_passes().size());
  EXPECT_EQ(report_of(*first, "fold_batch_norm").changes, 1);
  EXPECT_EQ(report_of(*first, "eliminate_identity").changes, 2);
  EXPECT_EQ(report_of(*first, "simplify_reshape").changes, 1);
  EXPECT_EQ(report_of(*first, "group_activation").changes, 1);
  const auto second = run_passes(model, {});
  ASSERT_OK(second);
  for (const PassReport& report : *second) EXPECT_EQ(report.changes, 0) << report.name;
}

TEST(RunPasses, KeepsSignatureAndDynamicBatch) {
  Model model = exported_model();
  ASSERT_OK(run_passes(model, {}));
  EXPECT_EQ(model.graph->inputs()[0]->name(), "x");
  const Value& logits = *model.graph->outputs()[0];
  EXPECT_EQ(logits.name(), "logits");
  ASSERT_TRUE(logits.shape);
  EXPECT_EQ((*logits.shape)[0].symbol, "N");
}

TEST(RunPasses, SwitchesPassesOff) {
  Model model = exported_model();
  const auto reports = run_passes(model, {}, {.disabled = {"fold_batch_norm", "lower_batch_norm"}});
  ASSERT_OK(reports);
  EXPECT_EQ(report_of(*reports, "fold_batch_norm").changes, 0);
  EXPECT_THAT(ops_of(model), ::testing::HasSubstr("BatchNormalization"));
}

TEST(RunPasses, EveryPassCanBeSwitchedOff) {
  PassOptions options;
  for (const Pass& pass : all_passes()) options.disabled.emplace(pass.name);
  Model model = exported_model();
  const std::string before = ops_of(model);
  ASSERT_OK(run_passes(model, {}, options));
  EXPECT_EQ(ops_of(model), before);
}

TEST(RunPasses, ListsThePassesWhenOneIsUnknown) {
  Model model = exported_model();
  const auto reports = run_passes(model, {}, {.disabled = {"fold_batchnorm"}});
  EXPECT_ERROR(reports, "'fold_batchnorm'");
  EXPECT_ERROR(reports, "fold_constants, eliminate_identity, simplify_reshape");
  EXPECT_EQ(reports.error().code, ErrorCode::kInvalidArgument);
}

TEST(RunPasses, RefusesContradictoryShapes) {
  ModelBuilder b;
  Model model = b.finish({b.node("MatMul", {b.input("a", {2, 3}), b.input("b", {4, 5})})});
  EXPECT_ERROR(run_passes(model, {}), "MatMul");
}

}  // namespace
}  // namespace headrace
