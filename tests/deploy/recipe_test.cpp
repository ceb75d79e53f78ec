#include "deploy/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_support.h"

namespace headrace {
namespace {

using testing::TemporaryFolder;
using testing::write_file;

TEST(Recipe, ReadsEverySection) {
  const Result<Recipe> recipe = parse_recipe(R"(
model = "resnet50.onnx"
labels = ["tench, Tinca tinca", "goldfish"]
[data]
calibration = "photos/calibration"
evaluation = "/photos/evaluation"
preprocess = "imagenet,resize=232"
skip-bad = true
[quantize]
mode = "dynamic"
observer = "entropy"
target = "openvino"
percentile = 99.9
per-tensor = true
saturation-proof = false
samples = 64
skip-nodes = ["fc"]
[export]
opset = 17
[bench]
engine = ["ort", "openvino"]
threads = [1, 2]
batch = [1, 8]
seconds = 5
[deploy]
max-drop = 0.5
)",
                                             "/models");
  ASSERT_OK(recipe);
  EXPECT_EQ(recipe->model, "/models/resnet50.onnx");
  EXPECT_THAT(recipe->labels, ::testing::ElementsAre("tench, Tinca tinca", "goldfish"));
  EXPECT_EQ(recipe->calibration, "/models/photos/calibration");
  EXPECT_EQ(recipe->evaluation, "/photos/evaluation");
  EXPECT_EQ(recipe->preprocess, "imagenet,resize=232");
  EXPECT_TRUE(recipe->skip_bad);
  EXPECT_EQ(recipe->quantize.mode, QuantMode::kDynamic);
  EXPECT_EQ(recipe->quantize.observer, ObserverKind::kEntropy);
  EXPECT_EQ(recipe->quantize.target, TargetKind::kOpenVino);
  EXPECT_DOUBLE_EQ(recipe->quantize.percentile, 99.9);
  EXPECT_FALSE(recipe->quantize.per_channel);
  EXPECT_FALSE(recipe->quantize.saturation_proof);
  EXPECT_TRUE(recipe->quantize.lattice_input);
  EXPECT_EQ(recipe->quantize.samples, 64);
  EXPECT_THAT(recipe->quantize.skip_nodes, ::testing::ElementsAre("fc"));
  EXPECT_EQ(recipe->opset, 17);
  EXPECT_THAT(recipe->engines, ::testing::ElementsAre("ort", "openvino"));
  EXPECT_THAT(recipe->threads, ::testing::ElementsAre(1, 2));
  EXPECT_THAT(recipe->batches, ::testing::ElementsAre(1, 8));
  EXPECT_DOUBLE_EQ(recipe->seconds, 5);
  EXPECT_DOUBLE_EQ(recipe->max_drop, 0.5);
}

TEST(Recipe, SurvivesBeingWrittenAndRead) {
  Recipe recipe;
  recipe.model = "/models/a \"quoted\" name.onnx";
  recipe.labels = {"tench, Tinca tinca", "goldfish"};
  recipe.calibration = "/data/photos";
  recipe.quantize.lattice_input = false;
  recipe.quantize.skip_ops = {"Gemm", "Softmax"};
  recipe.engines = {"ort"};
  recipe.threads = {1, 2};
  recipe.max_drop = 0.3;
  const Result<Recipe> again = parse_recipe(to_toml(recipe), "/elsewhere");
  ASSERT_OK(again);
  for (const Option& option : option_table()) EXPECT_EQ(option.get(*again), option.get(recipe)) << option.key;
}

TEST(Recipe, ALabelFileIsFoundBesideIt) {
  const TemporaryFolder folder;
  write_file(folder / "labels.txt", "cat\ndog\n");
  write_file(folder / "headrace.toml", "labels = [\"labels.txt\"]\n");
  const Result<Recipe> recipe = read_recipe(folder / "headrace.toml");
  ASSERT_OK(recipe);
  EXPECT_THAT(recipe->labels, ::testing::ElementsAre((folder / "labels.txt").string()));
}

TEST(Recipe, ErrorsNameLineAndKey) {
  EXPECT_ERROR(parse_recipe("[quantize]\nobserwer = \"mse\"\n", ""),
               "line 2: unknown key 'quantize.obserwer'; the nearest known one is 'quantize.observer'");
  EXPECT_ERROR(parse_recipe("[quantize]\nsamples = \"many\"\n", ""), "line 2: quantize.samples must be a whole number");
  EXPECT_ERROR(parse_recipe("[quantize]\nsamples = 0\n", ""), "line 2: quantize.samples: '0' is not a whole number from 1");
  EXPECT_ERROR(parse_recipe("\n\n[bench]\nthreads = [1, \"two\"]\n", ""),
               "line 4: bench.threads must be a list of whole numbers");
  EXPECT_ERROR(parse_recipe("model = [\n", ""), "not valid TOML");
  EXPECT_ERROR(parse_recipe("model = 2026-11-23\n", ""), "line 1: model must be a string");
  EXPECT_ERROR(parse_recipe("quantize = 3\n", ""), "line 1: unknown key 'quantize'");
}

TEST(Recipe, ErrorsNameTheFile) {
  const TemporaryFolder folder;
  write_file(folder / "headrace.toml", "x = 1\n");
  EXPECT_ERROR(read_recipe(folder / "headrace.toml"), "headrace.toml: line 1: unknown key 'x'");
  EXPECT_ERROR(read_recipe(folder / "none.toml"), "none.toml");
}

}  // namespace
}  // namespace headrace
