#include "passes/pass_test.h"

#include <algorithm>
#include <cstdlib>

#include "ir/text.h"
#include "ir/verify.h"
#include "support/paths.h"

namespace headrace::testing {

Value* typed(Value* value, const Dims& dims, DType dtype) {
  value->dtype = dtype;
  value->shape = make_shape(dims);
  for (Dim& dim : *value->shape)
    if (!dim.known()) dim.symbol = "N";
  return value;
}

Value* ints(ModelBuilder& b, const std::string& name, const std::vector<int64_t>& values) {
  return b.constant(name, Tensor::from(Dims{static_cast<int64_t>(values.size())}, values));
}

Value* floats(ModelBuilder& b, const std::string& name, const Dims& dims, const std::vector<float>& values) {
  return b.constant(name, Tensor::from(dims, values));
}

int run_pass(std::string_view name, Model& model, const PassContext& context) {
  const auto passes = all_passes();
  const auto pass = std::find_if(passes.begin(), passes.end(), [&](const Pass& p) { return p.name == name; });
  if (pass == passes.end()) {
    ADD_FAILURE() << "no pass " << name;
    return -1;
  }
  const auto changes = pass->run(model, context);
  const auto sound = verify(model);
  EXPECT_TRUE(changes.ok()) << changes.error().describe();
  EXPECT_TRUE(sound.ok()) << sound.error().describe();
  return changes.ok() && sound.ok() ? *changes : -1;
}

void expect_golden(std::string_view pass, std::string_view file, Model model, const PassContext& context) {
  std::string text = "before\n" + to_text(model);
  EXPECT_GT(run_pass(pass, model, context), 0);
  text += "\nafter\n" + to_text(model);
  const auto path = std::filesystem::path(testing::test_data()) / "golden" / "passes" / (std::string(file) + ".txt");
  if (std::getenv("HEADRACE_UPDATE_GOLDEN") != nullptr) write_file(path, text);
  EXPECT_EQ(text, read_file(path)) << "golden file " << path;
}

void expect_unchanged(std::string_view pass, Model model, const PassContext& context) {
  const std::string before = to_text(model);
  EXPECT_EQ(run_pass(pass, model, context), 0);
  EXPECT_EQ(to_text(model), before);
}

std::string ops_of(const Model& model) {
  std::string text;
  for (const auto& node : model.graph->nodes()) text += (text.empty() ? "" : " ") + node->op_type;
  return text;
}

}  // namespace headrace::testing
