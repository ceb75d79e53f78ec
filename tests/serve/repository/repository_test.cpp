#include "serve/repository/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/repository/fake_model.h"
#include "support/test_support.h"

namespace headrace::serve {
namespace {

namespace fs = std::filesystem;
using headrace::testing::TemporaryFolder;
using headrace::testing::write_file;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeBackend;
using ::testing::HasSubstr;
using testing::put_version;

// Nothing polls here: the tests say when the disk is looked at.
class RepositoryTest : public ::testing::Test {
 protected:
  RepositoryOptions options(double poll_seconds = 0) {
    RepositoryOptions options;
    options.path = folder_.path();
    options.poll_seconds = poll_seconds;
    options.drain = std::chrono::milliseconds(5000);
    options.events = [this](const Event& event) { events_.push_back(event.what + " " + event.model + " " + event.version); };
    return options;
  }
  Repository& open() {
    auto opened = Repository::open(options(), backend_.backend(), {});
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().describe());
    repository_ = std::move(*opened);
    return *repository_;
  }
  std::string answer(const std::string& model, const std::string& version = "") {
    return testing::answer(repository_->catalogue(), model, version);
  }
  // "m 1 READY", with the reason behind it where there is one.
  std::vector<std::string> index() {
    std::vector<std::string> lines;
    const auto catalogue = repository_->catalogue();
    for (const auto& [name, model] : catalogue->models)
      for (const IndexEntry& entry : model.index)
        lines.push_back(entry.name + " " + entry.version + " " + entry.state + (entry.reason.empty() ? "" : " " + entry.reason));
    return lines;
  }
  // What a poll needs to believe in a change.
  void look_twice() {
    repository_->look();
    repository_->look();
  }

  TemporaryFolder folder_;
  FakeBackend backend_;
  std::vector<std::string> events_;
  std::unique_ptr<Repository> repository_;  // last: it hands out events until it is gone
};

TEST_F(RepositoryTest, LoadsTheNewestVersionOfEveryModel) {
  put_version(folder_ / "cats", "cats");
  put_version(folder_ / "dogs/1", "old dogs");
  put_version(folder_ / "dogs/2", "dogs");
  open();
  EXPECT_EQ(answer("cats"), "cats");
  EXPECT_EQ(answer("dogs"), "dogs");
  EXPECT_EQ(answer("dogs", "2"), "dogs");
  EXPECT_EQ(answer("dogs", "1"), "unavailable");
  EXPECT_EQ(answer("dogs", "3"), "not found");
  EXPECT_EQ(answer("birds"), "not found");
  EXPECT_THAT(index(), ElementsAre("cats 1 READY", "dogs 1 UNAVAILABLE not loaded: another version is", "dogs 2 READY"));
}

TEST_F(RepositoryTest, AllVersionsIfAskedFor) {
  put_version(folder_ / "m/1", "one");
  put_version(folder_ / "m/2", "two");
  write_file(folder_ / "m/headrace.toml", "[serve]\nversions = [\"all\"]\n");
  open();
  EXPECT_EQ(answer("m", "1"), "one");
  EXPECT_EQ(answer("m", "2"), "two");
  EXPECT_EQ(answer("m"), "two");
}

TEST_F(RepositoryTest, OneBadModelDoesNotStopTheOthers) {
  put_version(folder_ / "bad", "broken");
  put_version(folder_ / "good", "good");
  open();
  EXPECT_EQ(answer("good"), "good");
  EXPECT_EQ(answer("bad"), "unavailable");
  EXPECT_THAT(index(), Contains(AllOf(HasSubstr("bad 1 UNAVAILABLE"), HasSubstr("says that it is broken"))));
  EXPECT_ERROR(repository_->catalogue()->find("bad", ""), "says that it is broken");
  EXPECT_THAT(events_, ElementsAre("load failed bad 1", "loaded good 1"));
}

TEST_F(RepositoryTest, NothingToServeIsAnErrorWithAllReasons) {
  EXPECT_ERROR(Repository::open(options(), backend_.backend(), {}), "no model in this folder");
  put_version(folder_ / "a", "broken");
  put_version(folder_ / "b", "broken");
  fs::create_directories(folder_ / "c");
  write_file(folder_ / "c/headrace.toml", "");
  const auto opened = Repository::open(options(), backend_.backend(), {});
  EXPECT_ERROR(opened, "a: the file says that it is broken");
  EXPECT_ERROR(opened, "b: the file says");
  EXPECT_ERROR(opened, "c: a headrace.toml without a model.onnx");
}

TEST_F(RepositoryTest, AnEmptyRepositoryIsServedWhereItIsPolled) {
  auto opened = Repository::open(options(0.01), backend_.backend(), {});
  ASSERT_OK(opened);
  put_version(folder_ / "late", "late");
  for (int i = 0; i < 1000 && testing::answer((*opened)->catalogue(), "late") != "late"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(testing::answer((*opened)->catalogue(), "late"), "late");
  (*opened).reset();  // before the events that it hands out
}

TEST_F(RepositoryTest, AReplacedBundleTakesOver) {
  put_version(folder_ / "m", "old");
  open();
  put_version(folder_ / "m", "new");
  repository_->look();
  EXPECT_EQ(answer("m"), "old") << "a change must be seen twice";
  repository_->look();
  EXPECT_EQ(answer("m"), "new");
  EXPECT_EQ(repository_->catalogue()->models.at("m").loads, 2u);
  repository_.reset();  // waits for the old one
  for (const auto& model : backend_.models()) EXPECT_EQ(model, nullptr);
}

TEST_F(RepositoryTest, WhatStaysIsNotLoadedAgain) {
  put_version(folder_ / "m", "same");
  open();
  look_twice();
  look_twice();
  EXPECT_EQ(backend_.loads(), 1);
}

TEST_F(RepositoryTest, ANewVersionTakesOverAndTheOldOneGoes) {
  put_version(folder_ / "m/1", "one");
  open();
  put_version(folder_ / "m/2", "two");
  look_twice();
  EXPECT_EQ(answer("m"), "two");
  EXPECT_EQ(answer("m", "1"), "unavailable");
}

TEST_F(RepositoryTest, AFailedReloadLeavesTheOldOneServing) {
  put_version(folder_ / "m", "old");
  open();
  put_version(folder_ / "m", "broken");
  look_twice();
  look_twice();
  EXPECT_EQ(answer("m"), "old");
  EXPECT_EQ(backend_.loads(), 2) << "files that failed are not read again until they change";
  EXPECT_THAT(index(), ElementsAre(AllOf(HasSubstr("m 1 READY"), HasSubstr("says that it is broken"))));
  put_version(folder_ / "m", "mended");
  look_twice();
  EXPECT_EQ(answer("m"), "mended");
  EXPECT_THAT(index(), ElementsAre("m 1 READY"));
}

TEST_F(RepositoryTest, AFailedNewVersionLeavesTheOldOneServing) {
  put_version(folder_ / "m/1", "one");
  open();
  put_version(folder_ / "m/2", "broken");
  look_twice();
  EXPECT_EQ(answer("m"), "one");
  EXPECT_THAT(index(), ElementsAre("m 1 READY", AllOf(HasSubstr("m 2 UNAVAILABLE"), HasSubstr("broken"))));
}

TEST_F(RepositoryTest, AVersionThatCannotStartDoesNotTakeOver) {
  put_version(folder_ / "m/1", "old");
  open();
  put_version(folder_ / "m/2", "threadless");
  look_twice();
  EXPECT_EQ(answer("m"), "old");
  EXPECT_THAT(index(), Contains(HasSubstr("m 2 UNAVAILABLE the system refused to start threads")));
}

TEST_F(RepositoryTest, ALoadThatTheEndInterruptsIsNoSuccess) {
  put_version(folder_ / "a", "a");
  open();
  put_version(folder_ / "b", "b");
  repository_->stop();
  EXPECT_ERROR(repository_->load("b"), "shut down");
}

TEST_F(RepositoryTest, ARemovedFolderIsUnloaded) {
  put_version(folder_ / "a", "a");
  put_version(folder_ / "b", "b");
  open();
  fs::remove_all(folder_ / "a");
  repository_->look();
  EXPECT_EQ(answer("a"), "a") << "deploy takes a folder away for a moment";
  repository_->look();
  EXPECT_EQ(answer("a"), "not found");
  EXPECT_EQ(answer("b"), "b");
}

TEST_F(RepositoryTest, AVersionThatIsBeingReplacedKeepsServing) {
  put_version(folder_ / "m/1", "one");
  put_version(folder_ / "m/2", "two");
  open();
  fs::rename(folder_ / "m/2", folder_ / "m/.2");
  repository_->look();  // just between the two renames of deploy
  fs::rename(folder_ / "m/.2", folder_ / "m/2");
  look_twice();
  EXPECT_EQ(answer("m"), "two");
  EXPECT_EQ(backend_.loads(), 1) << "version 1 was not loaded in between";
}

TEST_F(RepositoryTest, AVanishedRepositoryKeepsServing) {
  put_version(folder_ / "r/m", "m");
  auto opened = Repository::open(
      [&] {
        RepositoryOptions o = options();
        o.path = folder_ / "r";
        return o;
      }(),
      backend_.backend(), {});
  ASSERT_OK(opened);
  repository_ = std::move(*opened);
  fs::rename(folder_ / "r", folder_ / "elsewhere");
  look_twice();
  EXPECT_EQ(answer("m"), "m");
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "the repository cannot be read; what is loaded serves on  "), 1);
}

TEST_F(RepositoryTest, UnloadedModelsStayAwayUntilTheyAreLoaded) {
  put_version(folder_ / "m", "m");
  open();
  ASSERT_OK(repository_->unload("m"));
  look_twice();
  EXPECT_EQ(answer("m"), "unavailable");
  EXPECT_THAT(index(), ElementsAre("m 1 UNAVAILABLE unloaded on request"));
  ASSERT_OK(repository_->load("m"));
  EXPECT_EQ(answer("m"), "m");
  EXPECT_ERROR(repository_->unload("../m"), "has no model");
  EXPECT_ERROR(repository_->load("other"), "has no model 'other'");
}

TEST_F(RepositoryTest, LoadTriesAgainAtOnce) {
  put_version(folder_ / "keeper", "k");
  put_version(folder_ / "m", "broken");
  open();
  EXPECT_ERROR(repository_->load("m"), "says that it is broken");
  EXPECT_EQ(backend_.loads(), 3);
  put_version(folder_ / "m", "mended");
  ASSERT_OK(repository_->load("m"));
  EXPECT_EQ(answer("m"), "mended");
}

TEST(Retirement, HasNoPatienceAtTheEnd) {
  LoadedModel loaded;
  const auto model = std::make_shared<testing::FakeModel>(loaded);
  auto version = std::make_shared<ServedVersion>();
  version->model = model;
  const auto begin = std::chrono::steady_clock::now();
  {
    Retirement retirement(std::chrono::seconds(20));
    retirement.retire(version);  // which the test holds as well, as a request would
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_TRUE(model->drained());
}

TEST_F(RepositoryTest, DrainEndsEveryModel) {
  put_version(folder_ / "a", "a");
  put_version(folder_ / "b", "b");
  open();
  repository_->stop();
  repository_->drain(std::chrono::milliseconds(100));
  for (const auto& model : backend_.models()) EXPECT_TRUE(model->drained());
}

}  // namespace
}  // namespace headrace::serve
