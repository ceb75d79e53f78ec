// Scenarios over a server that is a formula.
#include "load/scenario.h"

#include <gmock/gmock.h>

#include "support/test_support.h"

namespace headrace::load {
namespace {

using ::testing::HasSubstr;

// Answers within the bound up to 300 requests a second; a request takes 5 ms.
struct Model {
  std::vector<Level> levels;
  std::vector<Duration> durations;
  uint64_t failures = 0;

  Result<LevelResult> operator()(const Level& level, const Duration& duration) {
    levels.push_back(level);
    durations.push_back(duration);
    LevelResult result;
    result.level = level;
    result.rows = std::max<int64_t>(level.batch, 1);
    result.requests = 1000;
    result.failures = failures;
    result.latency_ms.p90 = 6;
    result.latency_ms.p99 = 7;
    result.requests_per_s = level.open() ? level.rate : 200;
    result.rows_per_s = result.requests_per_s * static_cast<double>(result.rows);
    result.in_time_share = level.open() ? std::min(1.0, 300 / level.rate) : 1;
    return result;
  }
};

LoadReport run(const LoadOptions& options, Model& model, const BatchOfModel& batch = {}) {
  LoadReport report;
  const Status status = run_scenario(options, batch, std::ref(model), report);
  EXPECT_TRUE(status.ok());
  return report;
}

TEST(Scenario, LevelsAreEveryLoadForEveryBatch) {
  Model model;
  const LoadReport report = run({.batches = {1, 8}, .concurrencies = {1, 4}, .rates = {50}}, model);
  ASSERT_EQ(report.results.size(), 6u);
  EXPECT_EQ(model.levels[1].concurrency, 4);
  EXPECT_EQ(model.levels[2].rate, 50);
  EXPECT_EQ(model.levels[5].batch, 8);
  EXPECT_FALSE(report.scenario.has_value());
}

TEST(Scenario, WithoutLevelsThereIsOneClient) {
  Model model;
  run({}, model);
  ASSERT_EQ(model.levels.size(), 1u);
  EXPECT_EQ(model.levels[0].concurrency, 1);
  EXPECT_FALSE(model.levels[0].open());
}

TEST(Scenario, SingleStreamIsTheP90OfOneClient) {
  Model model;
  const LoadReport report = run({.scenario = Scenario::kSingleStream}, model);
  EXPECT_EQ(model.levels[0].concurrency, 1);
  EXPECT_EQ(report.scenario->value, 6);
  EXPECT_TRUE(report.scenario->valid);
  EXPECT_EQ(report.scenario->name, "like MLPerf's SingleStream");
}

TEST(Scenario, MultiStreamSendsEightSamples) {
  Model model;
  const LoadReport report = run({.scenario = Scenario::kMultiStream}, model);
  EXPECT_EQ(model.levels[0].batch, 8);
  EXPECT_EQ(report.scenario->value, 7);
  LoadReport none;
  EXPECT_ERROR(run_scenario({.scenario = Scenario::kMultiStream}, {false, 0}, std::ref(model), none), "batch is fixed");
}

TEST(Scenario, OfflineSendsLargeBatches) {
  Model model;
  EXPECT_EQ(run({.scenario = Scenario::kOffline}, model, {true, 16}).scenario->value, 200 * 16);
  EXPECT_GT(model.levels[0].concurrency, 1);
  run({.scenario = Scenario::kOffline}, model, {true, 0});
  EXPECT_EQ(model.levels[1].batch, 32);
  run({.scenario = Scenario::kOffline}, model, {false, 0});
  EXPECT_EQ(model.levels[2].batch, 0);
  run({.batches = {64}, .concurrencies = {9}, .scenario = Scenario::kOffline}, model);
  EXPECT_EQ(model.levels[3].batch, 64);
  EXPECT_EQ(model.levels[3].concurrency, 9);
}

TEST(Scenario, ServerFindsTheRateThatHoldsTheBound) {
  Model model;
  const LoadReport report = run({.duration = {1, 2, 9}, .scenario = Scenario::kServer, .bound_ms = 15}, model);
  EXPECT_LE(report.scenario->value, 300 / 0.99);
  EXPECT_GE(report.scenario->value, 0.95 * 300);
  EXPECT_THAT(report.scenario->note, HasSubstr("p99 within 15 ms"));
  EXPECT_EQ(model.levels[1].rate, 100);                            // half of what one client got
  for (const Duration& d : model.durations) EXPECT_EQ(d.most, 2);  // each point is bounded in time
}

TEST(Scenario, FailedRequestsMakeAFigureInvalid) {
  Model model;
  model.failures = 1;
  for (const Scenario scenario : {Scenario::kSingleStream, Scenario::kOffline}) {
    const LoadReport report = run({.scenario = scenario}, model);
    EXPECT_FALSE(report.scenario->valid);
    EXPECT_THAT(report.scenario->note, HasSubstr("1 requests failed"));
  }
}

TEST(Scenario, NamesAreKnown) {
  EXPECT_EQ(scenario_of("server"), Scenario::kServer);
  EXPECT_EQ(scenario_of("offline"), Scenario::kOffline);
  EXPECT_EQ(scenario_of("nothing"), std::nullopt);
}

}  // namespace
}  // namespace headrace::load
