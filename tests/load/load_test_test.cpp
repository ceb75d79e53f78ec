// The whole test against a scripted server: in short windows, since no figure matters here but what must hold at any speed.
#include "load/load_test.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "load/scripted_server.h"
#include "support/test_support.h"

namespace headrace::load {
namespace {

using testing::Asked;
using testing::echo;
using ::testing::HasSubstr;
using testing::model_script;
using testing::Scripted;
using testing::ScriptedServer;
using Json = nlohmann::json;

LoadOptions quick(const std::string& url) {
  LoadOptions options;
  options.url = url;
  options.duration = {0.02, 0.15, 0.15};
  return options;
}

TEST(LoadTest, ClosedAndOpenLevelsInOneReport) {
  const ScriptedServer server(model_script(echo));
  LoadOptions options = quick(server.url());
  options.concurrencies = {1, 2};
  options.rates = {100};
  options.batches = {1, 3};
  options.check_bits = true;
  const auto report = run_load_test(options, {});
  ASSERT_OK(report);
  ASSERT_EQ(report->results.size(), 6u);
  EXPECT_EQ(report->model, "id");
  EXPECT_TRUE(report->binary);
  for (const LevelResult& result : report->results) {
    EXPECT_GT(result.requests, 0u);
    EXPECT_EQ(result.failures, 0u) << result.faults.begin()->first << result.faults.begin()->second.example;
    EXPECT_NEAR(result.rows_per_s, result.requests_per_s * static_cast<double>(result.rows), 1e-6);
    EXPECT_LE(result.latency_ms.min, result.latency_ms.p50);
    EXPECT_LE(result.latency_ms.p99, result.latency_ms.max);
  }
  EXPECT_EQ(report->results[5].rows, 3);
  EXPECT_EQ(report->results[0].server_resident_bytes, 1'500'000u);
  ASSERT_TRUE(report->results[0].server.has_value());
  EXPECT_DOUBLE_EQ(report->results[0].server->queue_ms, 3);
  EXPECT_DOUBLE_EQ(report->results[0].server->compute_infer_ms, 4);
  EXPECT_DOUBLE_EQ(report->results[0].server->batch_size, 4);
}

TEST(LoadTest, JsonTensors) {
  const ScriptedServer server(model_script(echo));
  LoadOptions options = quick(server.url());
  options.json_tensors = true;
  options.check_bits = true;
  const auto report = run_load_test(options, {});
  ASSERT_OK(report);
  EXPECT_FALSE(report->binary);
  EXPECT_GT(report->results[0].requests, 0u);
  EXPECT_EQ(report->results[0].failures, 0u);
}

TEST(LoadTest, AnswersThatChangeAreSeenByTheCheck) {
  std::atomic<int> count{0};
  const ScriptedServer server(model_script([&](const Asked& asked) {
    Scripted answer = echo(asked);
    if (++count > 20) answer.body.back() ^= 1;
    return answer;
  }));
  LoadOptions options = quick(server.url());
  options.check_bits = true;
  options.duration = {0, 0.5, 0.5};
  const auto report = run_load_test(options, {});
  ASSERT_OK(report);
  EXPECT_GT(report->results[0].faults.at("different bits").count, 0u);
}

TEST(LoadTest, TheDeadlineIsSentInMicroseconds) {
  std::atomic<bool> seen{false};
  const ScriptedServer server(model_script([&](const Asked& asked) {
    if (asked.body.find("\"timeout\":250000") != std::string::npos) seen = true;
    return echo(asked);
  }));
  LoadOptions options = quick(server.url());
  options.deadline_ms = 250;
  ASSERT_OK(run_load_test(options, {}));
  EXPECT_TRUE(seen);
}

TEST(LoadTest, AnOverloadedServerIsAResultNotAnError) {
  const ScriptedServer server(model_script([](const Asked&) { return Scripted{429, R"({"error":"the queue is full"})"}; }));
  const auto report = run_load_test(quick(server.url()), {});
  ASSERT_OK(report);
  EXPECT_FALSE(report->any_success());
  EXPECT_GT(report->results[0].faults.at("http 429").count, 0u);
  EXPECT_TRUE(Json::parse(to_json(*report))["results"][0]["latency_ms"].is_null());
}

TEST(LoadTest, WhatTheServerRefusesIsSaidAtOnce) {
  const ScriptedServer server(model_script([](const Asked&) { return Scripted{400, R"({"error":"x has the wrong shape"})"}; }));
  EXPECT_ERROR(run_load_test(quick(server.url()), {}), "refuses the first request with 400: x has the wrong shape");
}

TEST(LoadTest, RefusalsSayWhatToDo) {
  const ScriptedServer server(model_script(echo));
  LoadOptions options = quick(server.url());
  options.model = "other";
  EXPECT_ERROR(run_load_test(options, {}), "no such model: other; the server has: id");
  EXPECT_ERROR(run_load_test(quick("http://127.0.0.1:" + std::to_string(testing::unused_port())), {}), "nothing listens there");
  const ScriptedServer free_extent(model_script(echo, "[-1,-1]"));
  EXPECT_ERROR(run_load_test(quick(free_extent.url()), {}), "--shape x:1,1");
  const ScriptedServer web([](const Asked&) { return Scripted{404, "<html>"}; });
  EXPECT_ERROR(run_load_test(quick(web.url()), {}), "no server of the Open Inference Protocol?");
  const ScriptedServer locked([](const Asked&) { return Scripted{401, R"({"error":"who are you?"})"}; });
  EXPECT_ERROR(run_load_test(quick(locked.url()), {}), "--header 'Authorization: Bearer ...'");
}

TEST(LoadTest, AmongSeveralModelsOneMustBeNamed) {
  const ScriptedServer server([](const Asked& asked) -> Scripted {
    if (asked.target == "/v2") return {200, R"({"name":"s","extensions":[]})"};
    if (asked.target == "/v2/repository/index") return {200, R"([{"name":"a","state":"READY"},{"name":"b","state":"READY"}])"};
    return {404, "{}"};
  });
  EXPECT_ERROR(run_load_test(quick(server.url()), {}), "choose one with --model: a, b");
}

TEST(LoadTest, HeadersAreSentWithEveryRequest) {
  std::atomic<int> without{0};
  const testing::Script inner = model_script(echo);
  const ScriptedServer server([&](const Asked& asked) {
    if (asked.headers.count("authorization") == 0) ++without;
    return inner(asked);
  });
  LoadOptions options = quick(server.url());
  options.headers = {"Authorization: Bearer 7"};
  ASSERT_OK(run_load_test(options, {}));
  EXPECT_EQ(without, 0);
  options.headers = {"A: b\r\nC: d"};
  EXPECT_ERROR(run_load_test(options, {}), "--header");
}

TEST(LoadTest, OptionsThatMakeNoSenseAreRefused) {
  const auto refused = [](const std::function<void(LoadOptions&)>& change, const std::string& part) {
    LoadOptions options = quick("http://127.0.0.1:1");
    change(options);
    EXPECT_ERROR(run_load_test(options, {}), part);
  };
  refused([](LoadOptions& o) { o.concurrencies = {0}; }, "--concurrency");
  refused([](LoadOptions& o) { o.rates = {-1}; }, "--rate");
  refused([](LoadOptions& o) { o.batches = {0}; }, "--batch");
  refused([](LoadOptions& o) { o.max_connections = 0; }, "--max-connections");
  refused([](LoadOptions& o) { o.duration.most = 0.01; }, "--max-seconds");
  refused([](LoadOptions& o) { o.scenario = Scenario::kServer; }, "--p99-ms");
  refused([](LoadOptions& o) { o.scenario = Scenario::kOffline, o.rates = {1}; }, "--rate and --scenario");
  refused([](LoadOptions& o) { o.scenario = Scenario::kMultiStream, o.batches = {4}; }, "multistream");
}

TEST(LoadTest, StoppingEndsIt) {
  const ScriptedServer server(model_script(echo));
  std::atomic<bool> stop{false};
  const Progress progress([&](std::string_view, int64_t, int64_t) { stop = true; }, &stop);  // as soon as the level runs
  LoadOptions options = quick(server.url());
  options.duration = {0, 1000, 1000};
  const auto report = run_load_test(options, progress);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
}

TEST(LoadReport, JsonHasTheKeysThatProgramsRead) {
  const ScriptedServer server(model_script(echo));
  LoadOptions options = quick(server.url());
  options.concurrencies = {1};
  options.rates = {50};
  const auto report = run_load_test(options, {});
  ASSERT_OK(report);
  const Json json = Json::parse(to_json(*report));
  for (const char* key : {"url", "server", "model", "tensors", "scenario", "results"}) EXPECT_TRUE(json.contains(key)) << key;
  for (const Json& result : json["results"]) {
    for (const char* key :
         {"mode", "concurrency", "rate_per_s", "batch", "seconds", "stable", "requests", "requests_per_s", "rows_per_s",
          "error_count", "errors", "server_ms", "server_resident_bytes", "late_starts", "client_cpus", "windows"})
      EXPECT_TRUE(result.contains(key)) << key;
    for (const char* key : {"p50", "p90", "p95", "p99", "p99.9", "min", "max", "mean"})
      EXPECT_TRUE(result["latency_ms"][key].is_number()) << key;
    EXPECT_GE(result["windows"].size(), 3u);
  }
  EXPECT_EQ(json["results"][0]["mode"], "closed");
  EXPECT_TRUE(json["results"][0]["late_starts"].is_null());
  EXPECT_EQ(json["results"][1]["mode"], "open");
  EXPECT_TRUE(json["results"][1]["late_starts"]["tester_fell_behind"].is_boolean());
}

TEST(LoadReport, ThePageIsCompleteAndEscaped) {
  LoadReport report;
  report.model = "<script>alert(1)</script>";
  report.url = "http://127.0.0.1:8000";
  LevelResult result;
  result.level.rate = 20;
  result.requests = 90;
  result.failures = 10;
  result.faults["http 503"] = {10, "<b>busy</b>"};
  result.lateness.overslept = 50;
  report.results = {result};
  report.scenario = ScenarioResult{"like MLPerf's Server", "rate", "requests/s", 20, true, "p99 within 5 ms"};
  const std::string page = to_html(report);
  EXPECT_THAT(page, HasSubstr("Headrace load test"));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;busy&lt;/b&gt;"));
  EXPECT_THAT(page, HasSubstr("the tester itself fell behind"));
  EXPECT_THAT(page, HasSubstr("no certified run"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("{{")));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("src=\"http")));
}

}  // namespace
}  // namespace headrace::load
