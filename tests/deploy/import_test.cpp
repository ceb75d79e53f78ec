#include "deploy/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/convert.h"
#include "deploy/deploy.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::TemporaryFolder;
using testing::write_file;

// One float32 tensor, "w", of two elements.
std::string tiny_safetensors() {
  const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size());
  return length + header + std::string(8, '\0');
}

TEST(Import, CheckpointsSayWhatToDo) {
  const TemporaryFolder folder;
  write_file(folder / "epoch90.safetensors", tiny_safetensors());
  EXPECT_ERROR(import_model(folder / "epoch90.safetensors"), "--weights epoch90.safetensors");
  EXPECT_ERROR(model_file(folder / "epoch90.safetensors"), "ResNet");
}

TEST(Import, WhatIsNoPyTorchFileIsRefusedUnderItsName) {
  const TemporaryFolder folder;
  for (const char* name : {"model.pth", "model.pt", "model.safetensors", "model.pt2"}) {
    write_file(folder / name, "x");
    EXPECT_ERROR(import_model(folder / name), name);
    EXPECT_ERROR(model_file(folder / name), name);
  }
}

TEST(Import, NewWeightsNeedAnExportedProgram) {
  const TemporaryFolder folder;
  write_file(folder / "model.onnx", "x");
  EXPECT_ERROR(import_model(folder / "model.onnx", folder / "epoch90.pth"), "go into an exported program");
}

TEST(Import, AnExportedProgramIsReadAsOne) {
  const TemporaryFolder folder;
  write_file(folder / "model.pt2", "x");
  EXPECT_ERROR(import_model(folder / "model.pt2"), "model.pt2");
  EXPECT_ERROR(model_file(folder / "model.pt2"), "zip");
}

TEST(Import, WhatIsNotThereOrNoModel) {
  const TemporaryFolder folder;
  EXPECT_ERROR(import_model(folder / "none.onnx"), "there is no such file");
  EXPECT_ERROR(import_model(folder.path()), "not a bundle");
  write_file(folder / "text.onnx", "hello");
  EXPECT_ERROR(import_model(folder / "text.onnx"), "text.onnx");
}

TEST(Import, ABundleMeansItsModel) {
  const TemporaryFolder folder;
  write_file(folder / "model.onnx", "x");
  EXPECT_FALSE(is_bundle(folder.path()));
  write_file(folder / "headrace.toml", "");
  EXPECT_TRUE(is_bundle(folder.path()));
  const auto file = model_file(folder.path());
  ASSERT_OK(file);
  EXPECT_EQ(*file, folder / "model.onnx");
}

TEST(Bundle, EachMissingOrWrongFileIsNamed) {
  const TemporaryFolder folder;
  EXPECT_ERROR(open_bundle(folder.path()), "not a bundle");
  write_file(folder / "model.onnx", "x");
  write_file(folder / "headrace.toml", "[serve]\nengine = \"openvino\"\nthreads = 2\n");
  EXPECT_ERROR(open_bundle(folder.path()), "signature.json");
  write_file(folder / "signature.json", "{}");
  EXPECT_ERROR(open_bundle(folder.path()), "signature.json: there is no list 'inputs'");
  write_file(folder / "signature.json",
             R"({"inputs": [{"name": "x", "dtype": "float32", "shape": ["batch", 3]}], "outputs": []})");
  write_file(folder / "labels.txt", "cat\r\ndog\n");
  const Result<Bundle> bundle = open_bundle(folder.path());
  ASSERT_OK(bundle);
  EXPECT_EQ(bundle->engine, "openvino");
  EXPECT_EQ(bundle->threads, 2);
  EXPECT_EQ(bundle->labels, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(to_string(bundle->signature.inputs.front().shape), "[batch, 3]");
}

TEST(ParseBatch, NumbersAndDynamic) {
  EXPECT_EQ((*parse_batch("8"))->extent, 8);
  EXPECT_EQ((*parse_batch("dynamic"))->symbol, "batch");
  EXPECT_ERROR(parse_batch("0"), "--batch");
  EXPECT_ERROR(parse_batch("all"), "'dynamic'");
}

}  // namespace
}  // namespace headrace
