// Which dict of a checkpoint is taken for the state dict, and which prefix is taken off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "readers/checkpoint/state_dict.h"
#include "support/pickle_writer.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::PickleWriter;

// A dict in a small notation: {"name": nested} or a tensor where there is nothing nested.
struct Dict {
  std::vector<std::pair<std::string, std::vector<Dict>>> entries;
};

void write(PickleWriter& writer, const Dict& dict) {
  writer.op("}");
  for (const auto& [name, nested] : dict.entries) {
    writer.string(name);
    if (nested.empty()) writer.tensor("0", 2, {2});
    else write(writer, nested[0]);
    writer.op("s");
  }
}

Result<StateDict> read(const Dict& dict) {
  PickleWriter writer;
  write(writer, dict);
  return read_checkpoint(testing::file_of(testing::zip_checkpoint(writer.finish(), {{"0", testing::floats(2)}})));
}

// "found under | prefix | names"
std::string summary(const Dict& dict) {
  const auto state = read(dict);
  if (!state.ok()) return state.error().describe();
  std::string text = state->found_under + " | " + state->stripped_prefix + " |";
  for (const auto& named : state->tensors) text += " " + named.name;
  return text;
}

const Dict kWeights{{{"conv.weight", {}}, {"conv.bias", {}}}};
const Dict kAveraged{{{"conv.averaged", {}}}};

TEST(FindWeights, APlainStateDict) { EXPECT_EQ(summary(kWeights), " |  | conv.weight conv.bias"); }

TEST(FindWeights, KnownNames) {
  for (const char* name :
       {"state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "params", "weights"})
    EXPECT_EQ(summary({{{"epoch", {Dict{}}}, {name, {kWeights}}, {"optimizer", {kAveraged}}}}),
              std::string(name) + " |  | conv.weight conv.bias");
}

TEST(FindWeights, AveragedWeightsComeFirst) {
  for (const char* name : {"model_ema", "state_dict_ema", "ema_state_dict", "ema_model", "params_ema", "ema"})
    EXPECT_EQ(summary({{{"state_dict", {kWeights}}, {"model", {kWeights}}, {name, {kAveraged}}}}),
              std::string(name) + " |  | conv.averaged");
}

TEST(FindWeights, NestedTwice) {
  EXPECT_EQ(summary({{{"model", {Dict{{{"ema", {kAveraged}}, {"state_dict", {kWeights}}}}}}}}), "model.ema |  | conv.averaged");
  EXPECT_EQ(summary({{{"ema", {Dict{{{"module", {kAveraged}}}}}}, {"model", {kWeights}}}}), "ema.module |  | conv.averaged");
}

TEST(FindWeights, ANameWithoutTensorsBelowIsPassedOver) {
  EXPECT_EQ(summary({{{"ema", {Dict{}}}, {"model", {kWeights}}}}), "model |  | conv.weight conv.bias");
}

TEST(FindWeights, ATensorOfAKnownNameIsAParameter) {
  EXPECT_EQ(summary({{{"model", {}}, {"weights", {}}}}), " |  | model weights");
  EXPECT_EQ(summary({{{"loss", {}}, {"state_dict", {kWeights}}}}), "state_dict |  | conv.weight conv.bias");
}

TEST(FindWeights, PrefixesThatAllNamesHave) {
  EXPECT_EQ(summary({{{"module.a", {}}, {"module.b", {}}}}), " | module. | a b");
  EXPECT_EQ(summary({{{"module.model.a", {}}, {"module.model.b", {}}}}), " | module.model. | a b");
  EXPECT_EQ(summary({{{"_orig_mod.module.a", {}}}}), " | _orig_mod.module. | a");
  EXPECT_EQ(summary({{{"module.a", {}}, {"b", {}}}}), " |  | module.a b");
  EXPECT_EQ(summary({{{"module.", {}}, {"module.b", {}}}}), " |  | module. module.b");
}

TEST(FindWeights, SaysWhatThereIsInstead) {
  EXPECT_EQ(summary({}), "the checkpoint holds no tensors by name; save the weights alone: torch.save(model.state_dict(), PATH)");
  EXPECT_EQ(summary({{{"student", {kWeights}}, {"teacher", {kWeights}}, {"args", {Dict{}}}}}),
            "it is not clear which are the weights: there are tensors under 'student', 'teacher'; save one of them alone");
}

}  // namespace
}  // namespace headrace
