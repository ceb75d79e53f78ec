#include "serve/repository/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "serve/repository/stamp.h"
#include "support/test_support.h"

namespace headrace::serve {
namespace {

namespace fs = std::filesystem;
using headrace::testing::TemporaryFolder;
using headrace::testing::write_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ScanTest : public ::testing::Test {
 protected:
  void put(const std::string& path) {
    fs::create_directories((folder_ / path).parent_path());
    write_file(folder_ / path, "x");
  }
  Scan scan(const std::string& path = "", const RecipeOverlay& overlay = {}) {
    Result<Scan> scan = scan_models(folder_ / path, overlay);
    EXPECT_TRUE(scan.ok());
    return scan ? *scan : Scan{};
  }
  std::vector<int64_t> wanted(const std::string& model, const RecipeOverlay& overlay = {}) {
    std::vector<int64_t> numbers;
    const Scan found = scan("", overlay);
    for (const VersionSource& version : found.at(model).wanted) numbers.push_back(version.number);
    return numbers;
  }
  std::vector<std::string> names(const std::string& path = "") {
    std::vector<std::string> names;
    const Scan found = scan(path);
    for (const auto& [name, model] : found) names.push_back(name);
    return names;
  }
  TemporaryFolder folder_;
};

TEST_F(ScanTest, ABundleIsAModelNamedAfterItsFolder) {
  put("cats/headrace.toml");
  put("cats/model.onnx");
  EXPECT_THAT(names("cats"), ElementsAre("cats"));
  EXPECT_THAT(names("cats/"), ElementsAre("cats"));
  EXPECT_THAT(names("cats/."), ElementsAre("cats"));
}

TEST_F(ScanTest, AFileIsAModelNamedAfterIt) {
  put("dogs.onnx");
  EXPECT_THAT(names("dogs.onnx"), ElementsAre("dogs"));
}

TEST_F(ScanTest, ARepositoryHoldsModelsOfAllKinds) {
  put("bundle/headrace.toml");
  put("bundle/model.onnx");
  put("folder/model.onnx");
  put("file.onnx");
  put("versions/3/model.onnx");
  put("readme.txt");
  put("empty/nothing.txt");
  put(".being-written/model.onnx");
  EXPECT_THAT(names(), ElementsAre("bundle", "file", "folder", "versions"));
}

TEST_F(ScanTest, AModelFolderCanBeNamedItself) {
  put("m/1/model.onnx");
  put("m/2/model.onnx");
  EXPECT_THAT(names("m"), ElementsAre("m"));
}

TEST_F(ScanTest, TheNewestVersionIsWanted) {
  for (const char* version : {"1", "2", "10", "010", "11x", "0", "12"}) put("m/" + std::string(version) + "/model.onnx");
  fs::remove(folder_ / "m/12/model.onnx");  // still being copied
  EXPECT_EQ(scan().at("m").versions.size(), 3u);
  EXPECT_THAT(wanted("m"), ElementsAre(10));
}

TEST_F(ScanTest, VersionsCanBeAskedFor) {
  for (const char* version : {"1", "2", "3"}) put("m/" + std::string(version) + "/model.onnx");
  write_file(folder_ / "m/headrace.toml", "[serve]\nversions = [\"all\"]\n");
  EXPECT_THAT(wanted("m"), ElementsAre(1, 2, 3));
  write_file(folder_ / "m/headrace.toml", "[serve]\nversions = [\"1\", \"3\"]\n");
  EXPECT_THAT(wanted("m"), ElementsAre(1, 3));
  const RecipeOverlay flags = [](Recipe& recipe) -> Status { return recipe.serve_versions = {"2"}, Ok{}; };
  EXPECT_THAT(wanted("m", flags), ElementsAre(2));
}

TEST_F(ScanTest, WhatIsWrongWithOneModelIsItsProblem) {
  put("good.onnx");
  put("two/1/model.onnx");
  write_file(folder_ / "two/headrace.toml", "[serve]\nversions = [\"4\"]\n");
  put("toml/headrace.toml");
  put("bad\"name.onnx");
  put("twice.onnx");
  put("twice/model.onnx");
  const Scan found = scan();
  EXPECT_EQ(found.at("good").problem, "");
  EXPECT_THAT(found.at("two").problem, HasSubstr("asks for '4'"));
  EXPECT_THAT(found.at("toml").problem, HasSubstr("without a model.onnx"));
  EXPECT_THAT(found.at("bad\"name").problem, HasSubstr("cannot be a model's name"));
  EXPECT_THAT(found.at("twice").problem, HasSubstr("the same name"));
  for (const char* name : {"two", "toml", "bad\"name", "twice"}) EXPECT_THAT(found.at(name).wanted, IsEmpty()) << name;
}

TEST_F(ScanTest, WhatIsNoModelIsAnError) {
  put("notes.txt");
  EXPECT_ERROR(scan_models(folder_ / "notes.txt", {}), "neither a bundle");
  EXPECT_ERROR(scan_models(folder_ / "nowhere", {}), "there is no such file");
}

TEST(ModelName, NamesThatLeadElsewhereAreRefused) {
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "a\\b", "a..b", "a\nb", "\x7f", "caf\xc3\xa9", "a\"b"})
    EXPECT_FALSE(check_model_name(name).ok()) << name;
  EXPECT_FALSE(check_model_name(std::string(129, 'a')).ok());
  for (const char* name : {"resnet50", "resnet-50_v1.5", "my model", "a+b@c"}) EXPECT_TRUE(check_model_name(name).ok()) << name;
}

TEST_F(ScanTest, StampsTellOfEveryChange) {
  put("m/model.onnx");
  const std::string first = stamp_of(folder_ / "m");
  EXPECT_EQ(stamp_of(folder_ / "m"), first);
  std::ofstream(folder_ / "m/model.onnx", std::ios::app) << "more";
  const std::string second = stamp_of(folder_ / "m");
  EXPECT_NE(second, first);
  write_file(folder_ / "m/headrace.toml", "");
  EXPECT_NE(stamp_of(folder_ / "m"), second);
}

// A model whose weights are still being copied fails to load; without this nothing would ever try it again.
TEST_F(ScanTest, StampsTellOfWeightsInFilesOfTheirOwn) {
  put("m/model.onnx");
  put("n.onnx");
  const std::string folder = stamp_of(folder_ / "m");
  const std::string file = stamp_of(folder_ / "n.onnx");
  put("m/encoder.weight");
  put("n.onnx.data");
  EXPECT_NE(stamp_of(folder_ / "m"), folder);
  EXPECT_NE(stamp_of(folder_ / "n.onnx"), file);
  const std::string whole = stamp_of(folder_ / "m");
  put("m/access.log");
  EXPECT_EQ(stamp_of(folder_ / "m"), whole) << "what is written while the model serves is not of it";
}

}  // namespace
}  // namespace headrace::serve
