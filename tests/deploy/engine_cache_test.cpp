#include "deploy/engine_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/test_support.h"

namespace headrace {
namespace {

ChoiceKey key() { return {"00ff", {"a CPU", "avx2", 2}, "native 1, ort 2", 1}; }

EngineChoice choice() {
  EngineChoice made;
  made.machine = key().machine;
  made.model = "00ff";
  EngineFigures figures;
  figures.engine = "native";
  figures.median_ms = 1;
  made.candidates = {figures};
  EXPECT_TRUE(rank_engines(made).ok());
  return made;
}

TEST(EngineCache, RemembersUnderItsKeyOnly) {
  testing::TemporaryFolder folder;
  EXPECT_FALSE(remembered_choice(folder / "cache", key()));
  ASSERT_TRUE(remember_choice(folder / "cache", key(), choice()));
  const auto found = remembered_choice(folder / "cache", key());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->engine, "native");
  ChoiceKey other = key();
  other.engines = "native 1, openvino 3, ort 2";  // one more was installed
  EXPECT_FALSE(remembered_choice(folder / "cache", other));
  other = key();
  other.threads = 2;
  EXPECT_FALSE(remembered_choice(folder / "cache", other));
  other = key();
  other.machine.isa = "avx512-vnni";
  EXPECT_FALSE(remembered_choice(folder / "cache", other));
}

TEST(EngineCache, DamagedAndStrangeFilesAreNotBelieved) {
  testing::TemporaryFolder folder;
  EngineChoice strange = choice();
  strange.model = "another";
  ASSERT_TRUE(remember_choice(folder.path(), key(), strange));
  EXPECT_FALSE(remembered_choice(folder.path(), key()));
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) testing::write_file(file.path(), "{\"engine\":");
  EXPECT_FALSE(remembered_choice(folder.path(), key()));
}

TEST(EngineCache, AFolderThatCannotBeMadeIsNoError) {
  testing::TemporaryFolder folder;
  testing::write_file(folder / "file", "");
  EXPECT_FALSE(remember_choice(folder / "file/cache", key(), choice()));
  EXPECT_FALSE(remember_choice({}, key(), choice()));
  EXPECT_FALSE(remembered_choice({}, key()));
}

TEST(EngineCache, TheFolderIsTheUsers) {
  const char* before = std::getenv("XDG_CACHE_HOME");
  const std::string kept = before == nullptr ? "" : before;
  setenv("XDG_CACHE_HOME", "/somewhere", 1);
  EXPECT_EQ(engine_cache_folder(), "/somewhere/headrace/engines");
  setenv("XDG_CACHE_HOME", "relative", 1);  // the standard has it ignored
  EXPECT_THAT(engine_cache_folder().string(), ::testing::Not(::testing::HasSubstr("relative")));
  before == nullptr ? unsetenv("XDG_CACHE_HOME") : setenv("XDG_CACHE_HOME", kept.c_str(), 1);
}

TEST(ModelHash, OfContentAndOfTheDataBesideIt) {
  testing::TemporaryFolder folder;
  testing::write_file(folder / "a.onnx", "0123456789");
  testing::write_file(folder / "b.onnx", "0123456789");
  const auto hash = model_hash(folder / "a.onnx");
  ASSERT_OK(hash);
  EXPECT_EQ(hash->size(), 16u);
  EXPECT_EQ(*model_hash(folder / "b.onnx"), *hash);
  testing::write_file(folder / "b.onnx", "0123456780");
  EXPECT_NE(*model_hash(folder / "b.onnx"), *hash);
  testing::write_file(folder / "a.onnx.data", "weights");
  EXPECT_NE(*model_hash(folder / "a.onnx"), *hash);
  EXPECT_ERROR(model_hash(folder / "none.onnx"), "none.onnx");
}

}  // namespace
}  // namespace headrace
