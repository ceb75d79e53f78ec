#include "measure/engine_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "support/test_support.h"

namespace headrace {
namespace {

EngineFigures candidate(const std::string& engine, double median_ms, const std::string& refused = "") {
  EngineFigures figures;
  figures.engine = engine;
  figures.version = "1";
  figures.median_ms = median_ms;
  figures.min_ms = median_ms / 2;
  figures.refused = refused;
  return figures;
}

EngineChoice choice_of(std::vector<EngineFigures> candidates) {
  EngineChoice choice;
  choice.machine = {"a CPU", "avx2", 2};
  choice.requirement = "60 dB";
  choice.model = "0123";
  choice.candidates = std::move(candidates);
  return choice;
}

BenchResult result(const std::string& engine, double median_ms, std::vector<double> values) {
  BenchResult made;
  made.point.engine = engine;
  made.engine_version = "1";
  made.latency_ms.median = median_ms;
  made.latency_ms.count = 10;
  made.outputs = {{"y", {1, static_cast<int64_t>(values.size())}, 0, values}};
  return made;
}

TEST(RankEngines, TheFastestThatIsNotRefused) {
  EngineChoice choice = choice_of(
      {candidate("ort", 3.2156), candidate("quick", 0.5, "wrong answers"), candidate("native", 2), candidate("openvino", 14.25)});
  ASSERT_OK(rank_engines(choice));
  EXPECT_EQ(choice.engine, "native");
  EXPECT_EQ(choice.reason, "2.00 ms; ort 3.22, openvino 14.2; refused: quick");
  std::vector<std::string> order, verdicts;
  for (const EngineFigures& one : choice.candidates) order.push_back(one.engine), verdicts.push_back(verdict(choice, one));
  EXPECT_THAT(order, ::testing::ElementsAre("native", "ort", "openvino", "quick"));
  EXPECT_THAT(verdicts,
              ::testing::ElementsAre("taken", "1.61 times the time of native", "7.12 times the time of native", "wrong answers"));
}

TEST(RankEngines, WhatWasNotTriedIsNotCalledRefused) {
  EngineFigures absent = candidate("openvino", 0, "not available: it is not installed");
  absent.tried = false;
  EngineChoice choice = choice_of({absent, candidate("ort", 3)});
  ASSERT_OK(rank_engines(choice));
  EXPECT_EQ(choice.reason, "3.00 ms");
  EXPECT_EQ(choice.candidates.back().engine, "openvino");
}

TEST(ChoiceLines, TheChoiceThenTheRefusals) {
  EngineChoice choice = choice_of({candidate("ort", 3), candidate("native", 2), candidate("openvino", 1, "it crashed")});
  ASSERT_OK(rank_engines(choice));
  EXPECT_THAT(choice_lines(choice),
              ::testing::ElementsAre("engine: native, 2.00 ms; ort 3.00; refused: openvino", "openvino refused: it crashed"));
  choice = choice_of({candidate("ort", 3)});
  ASSERT_OK(rank_engines(choice));
  EXPECT_THAT(choice_lines(choice), ::testing::IsEmpty());
}

TEST(RankEngines, TheFirstOfEquals) {
  EngineChoice choice = choice_of({candidate("b", 1), candidate("a", 1)});
  ASSERT_OK(rank_engines(choice));
  EXPECT_EQ(choice.engine, "b");
}

TEST(RankEngines, AllRefusedIsAnErrorWithEveryReason) {
  EngineChoice choice = choice_of({candidate("ort", 1, "it hung"), candidate("native", 0, "no such layer")});
  const Status ranked = rank_engines(choice);
  EXPECT_ERROR(ranked, "ort: it hung");
  EXPECT_ERROR(ranked, "native: no such layer");
  EngineChoice none;
  EXPECT_ERROR(rank_engines(none), "no engine is installed");
}

TEST(FiguresOf, AnswersAreJudgedAgainstTheReference) {
  const BenchResult reference = result("ort", 2, {1, 2, 3}), near = result("a", 1, {1, 2, 3.01}), far = result("b", 1, {1, 2, 0});
  EXPECT_EQ(figures_of(reference, &reference, 20).refused, "");
  EXPECT_FALSE(figures_of(reference, &reference, 20).sqnr_db);  // it is nobody's judge of itself
  const EngineFigures good = figures_of(near, &reference, 20);
  EXPECT_EQ(good.refused, "");
  EXPECT_NEAR(good.sqnr_db.value(), 51.46, 0.01);
  EXPECT_EQ(good.accuracy, "51.5 dB against ort on random input");
  const EngineFigures bad = figures_of(far, &reference, 20);
  EXPECT_EQ(bad.refused, "its answers differ too much: 1.9 dB against ort on random input, and 20 dB are needed");
  EXPECT_EQ(bad.median_ms, 1);  // what it would have been is still said
}

TEST(FiguresOf, TheSameBits) {
  const BenchResult reference = result("ort", 2, {1, 2}), same = result("native", 1, {1, 2});
  EXPECT_EQ(figures_of(same, &reference, 60).accuracy, "the same bits against ort on random input");
  EXPECT_EQ(figures_of(same, nullptr, 60).accuracy, "");  // nothing to compare with
}

TEST(FiguresOf, AFailureIsARefusalInOneLine) {
  BenchResult failed = result("native", 0, {});
  failed.error = "cannot run 3 nodes:\n  Loop 'a'\n  Loop 'b'\n  Loop 'c'";
  EXPECT_EQ(figures_of(failed, nullptr, 60).refused, "cannot run 3 nodes: Loop 'a' ...");
  failed.error = "cannot run 1 node:\n  Loop 'a'";
  EXPECT_EQ(figures_of(failed, nullptr, 60).refused, "cannot run 1 node: Loop 'a'");
  failed.error = "it hung";
  EXPECT_EQ(figures_of(failed, nullptr, 60).refused, "it hung");
}

TEST(EngineChoiceJson, RoundTrip) {
  EngineChoice choice = choice_of({candidate("ort", 3), candidate("native", 2), candidate("openvino", 0, "it crashed")});
  choice.candidates[0].sqnr_db = 35.5;
  choice.candidates[1].sqnr_db = std::numeric_limits<double>::infinity();
  choice.candidates[2].tried = false;
  choice.threads = 2;
  ASSERT_OK(rank_engines(choice));
  const auto read = parse_engine_choice(to_json(choice));
  ASSERT_OK(read);
  EXPECT_EQ(to_json(*read), to_json(choice));
  EXPECT_EQ(read->engine, "native");
  EXPECT_EQ(read->machine, choice.machine);
  EXPECT_EQ(read->threads, 2);
  EXPECT_EQ(read->candidates[0].sqnr_db, choice.candidates[0].sqnr_db);
  EXPECT_EQ(read->candidates[1].sqnr_db, 35.5);
  EXPECT_EQ(read->candidates[2].refused, "it crashed");
  EXPECT_FALSE(read->candidates[2].tried);
}

TEST(EngineChoiceJson, WhatIsMissingOrWrongIsNamed) {
  EXPECT_ERROR(parse_engine_choice("{"), "not the record of an engine's choice");
  EXPECT_ERROR(parse_engine_choice("{}"), "cpu");
  EngineChoice choice = choice_of({candidate("ort", 3)});
  ASSERT_OK(rank_engines(choice));
  std::string text = to_json(choice);
  text.replace(text.find("\"threads\": 1"), 12, "\"threads\": []");
  EXPECT_ERROR(parse_engine_choice(text), "number");
}

}  // namespace
}  // namespace headrace
