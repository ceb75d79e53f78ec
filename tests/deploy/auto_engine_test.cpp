#include "deploy/auto_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "deploy/engine_cache.h"
#include "engines/engine.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using Source = ChosenEngine::Source;

// A choice that is valid here: "ort", with whatever version this machine has.
EngineChoice valid_choice() {
  const auto ort = find_engine("ort");
  EXPECT_TRUE(ort.ok());
  EngineChoice choice;
  choice.machine = this_machine();
  choice.model = "00ff";
  EngineFigures figures;
  figures.engine = "ort";
  figures.version = (*ort)->version();
  figures.median_ms = 1;
  choice.candidates = {figures};
  EXPECT_TRUE(rank_engines(choice).ok());
  return choice;
}

TEST(ValidHere, OnTheSameMachineModelAndThreads) {
  ASSERT_OK(valid_here(valid_choice(), "00ff", 1));
  EXPECT_ERROR(valid_here(valid_choice(), "00fe", 1), "not the one that was measured");
  EXPECT_ERROR(valid_here(valid_choice(), "00ff", 2), "the bundle was measured on 1 thread");
}

TEST(ValidHere, NotOnAnotherMachine) {
  EngineChoice choice = valid_choice();
  choice.machine.cpu = "another CPU";
  EXPECT_ERROR(valid_here(choice, "00ff", 1), "the bundle was measured on another CPU");
  choice = valid_choice();
  choice.machine.isa = "mmx";
  EXPECT_ERROR(valid_here(choice, "00ff", 1), "mmx");
  choice = valid_choice();
  choice.machine.cpus += 1;
  EXPECT_ERROR(valid_here(choice, "00ff", 1), "the bundle was measured on");
}

TEST(ValidHere, NotWithAnotherEngine) {
  EngineChoice choice = valid_choice();
  choice.candidates.front().version = "0.0.1";
  EXPECT_ERROR(valid_here(choice, "00ff", 1), "measured with ort 0.0.1");
  choice.engine = choice.candidates.front().engine = "abacus";
  EXPECT_ERROR(valid_here(choice, "00ff", 1), "there is no engine 'abacus'");
}

TEST(AutoEngine, TheBundlesChoiceNeedsNoMeasurement) {
  testing::TemporaryFolder folder;
  testing::write_file(folder / "model.onnx", "not even a model: nothing may run it");
  EngineChoice recorded = valid_choice();
  const auto hash = model_hash(folder / "model.onnx");
  ASSERT_OK(hash);
  recorded.model = *hash;
  const auto chosen = auto_engine(folder / "model.onnx", 1, recorded, false, {});
  ASSERT_OK(chosen);
  EXPECT_EQ(chosen->engine, "ort");
  EXPECT_EQ(chosen->source, Source::kBundle);
  EXPECT_EQ(chosen->reason, "1.00 ms");
}

TEST(AutoEngine, FallsBackWhenNothingCanBeMeasured) {
  testing::TemporaryFolder folder;
  testing::write_file(folder / "model.onnx", "not a model");
  const auto chosen = auto_engine(folder / "model.onnx", 1, std::nullopt, false, {});
  ASSERT_OK(chosen);
  EXPECT_EQ(chosen->engine, "ort");
  EXPECT_EQ(chosen->source, Source::kFallback);
  EXPECT_THAT(chosen->reason, ::testing::HasSubstr("could not be measured"));
  EXPECT_ERROR(auto_engine(folder / "none.onnx", 1, std::nullopt, false, {}), "none.onnx");
}

TEST(AutoEngine, TheWishToStopIsNotAReasonToFallBack) {
  testing::TemporaryFolder folder;
  const std::atomic<bool> stop{true};
  testing::write_file(folder / "model.onnx", "not a model");
  AutoOptions options;
  options.progress = Progress({}, &stop);
  const auto chosen = auto_engine(folder / "model.onnx", 1, std::nullopt, false, options);
  ASSERT_FALSE(chosen.ok());
  EXPECT_EQ(chosen.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace headrace
