// The loops against a scripted server. Bounds are one-sided: a loaded machine makes things later, never earlier.
#include "load/drive.h"

#include <gmock/gmock.h>

#include <thread>

#include "load/scripted_server.h"
#include "support/test_support.h"

namespace headrace::load {
namespace {

using namespace std::chrono_literals;
using testing::Asked;
using testing::echo;
using testing::Scripted;
using testing::ScriptedServer;

// A target with one request for the model of model_script().
struct Aim {
  explicit Aim(const std::string& url, std::chrono::milliseconds timeout = 20s)
      : promise({{"y", DType::kFloat32, make_shape({-1, 4})}}, 1, 1, false) {
    ServerApi server = std::move(ServerApi::at(*parse_url(url), {}, nullptr)).value();
    ModelInfo model;
    model.name = "id";
    model.signature.inputs = {{"x", DType::kFloat32, make_shape({-1, 4})}};
    target.requests.push_back(std::move(make_infer_request(server, model, {testing::Random().normal({1, 4})}, {})).value());
    target.endpoint = server.endpoint();
    target.promise = &promise;
    target.timeout = timeout;
  }
  Promise promise;
  Target target;
};

// Waits until `done`, or for so long that something must be wrong.
bool eventually(const std::function<bool()>& done) {
  const auto end = Clock::now() + 20s;
  while (!done() && Clock::now() < end) std::this_thread::sleep_for(2ms);
  return done();
}

std::unique_ptr<Drive> started(Result<std::unique_ptr<Drive>> drive) {
  EXPECT_TRUE(drive.ok());
  return std::move(drive).value();
}

uint64_t faults(const Sample& sample, const std::string& name) {
  const auto found = sample.faults.find(name);
  return found == sample.faults.end() ? 0 : found->second.count;
}

TEST(ClosedLoop, EachClientHasOneRequestAtATime) {
  std::atomic<int> now{0}, most{0};
  const ScriptedServer server(testing::model_script([&](const Asked& asked) {
    const int count = ++now;
    for (int before = most; before < count && !most.compare_exchange_weak(before, count);) {
    }
    std::this_thread::sleep_for(1ms);
    --now;
    return echo(asked);
  }));
  const Aim aim(server.url());
  Sample sample;
  {
    const auto drive = started(closed_loop(aim.target, 3));
    EXPECT_TRUE(eventually([&] { return sample.merge(drive->take()), sample.latency.count() >= 60; }));
    drive->finish();
    sample.merge(drive->take());
    EXPECT_EQ(drive->connections(), 3);
  }
  EXPECT_EQ(sample.failures(), 0u) << sample.faults.begin()->second.example;
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 2);
  EXPECT_GE(sample.latency.min(), 1'000'000);
}

TEST(ClosedLoop, PercentilesAreThoseOfTheServer) {
  std::atomic<int> count{0};  // of every ten requests one takes 80 ms
  const ScriptedServer server(testing::model_script([&](const Asked& asked) {
    Scripted answer = echo(asked);
    answer.delay = count++ % 10 == 9 ? 80ms : 0ms;
    return answer;
  }));
  const Aim aim(server.url());
  const auto drive = started(closed_loop(aim.target, 1));
  ASSERT_TRUE(eventually([&] { return count >= 50; }));
  drive->finish();
  const Sample sample = drive->take();
  EXPECT_GE(sample.latency.quantile(0.95), 79'600'000);  // 80 ms, to half a bucket
  EXPECT_LT(sample.latency.quantile(0.5), 80'000'000);
  EXPECT_GE(sample.latency.max(), 80'000'000);
}

TEST(ClosedLoop, FaultsAreCountedByKindAndNotAmongTheLatencies) {
  std::atomic<int> count{0};
  const ScriptedServer server(testing::model_script([&](const Asked& asked) -> Scripted {
    switch (count++ % 6) {
      case 0: return {503, R"({"error":"busy"})"};
      case 1: return {429, R"({"error":"full"})"};
      case 2: return {200, "{"};
      case 3: return {200, "", 0, {}, Scripted::Way::kDrop};
      case 4: return {200, R"({"outputs":[{"name":"y","datatype":"INT8","shape":[1,4],"data":[1,2,3,4]}]})"};
      default: return echo(asked);
    }
  }));
  const Aim aim(server.url());
  const auto drive = started(closed_loop(aim.target, 1));
  ASSERT_TRUE(eventually([&] { return count >= 60; }));
  drive->finish();
  const Sample sample = drive->take();
  const auto all = static_cast<uint64_t>(count);
  EXPECT_GE(faults(sample, "http 503"), 10u);
  EXPECT_GE(faults(sample, "http 429"), 10u);
  EXPECT_GE(faults(sample, "bad answer"), 20u);
  EXPECT_GE(faults(sample, "reset"), 10u);
  EXPECT_EQ(sample.faults.at("http 503").example, "busy");
  EXPECT_EQ(sample.requests(), all);
  EXPECT_EQ(sample.latency.count(), all / 6);
}

TEST(ClosedLoop, AServerThatIsGoneIsNotStormed) {
  const Aim aim("http://127.0.0.1:" + std::to_string(testing::unused_port()));
  const auto drive = started(closed_loop(aim.target, 1));
  const auto start = Clock::now();
  Sample sample;
  ASSERT_TRUE(eventually([&] { return sample.merge(drive->take()), faults(sample, "connection refused") >= 3; }));
  EXPECT_GE(Clock::now() - start, 40ms);  // two pauses lie between three attempts
}

constexpr const char* kBusy = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 2\r\n\r\n{}";

TEST(ClosedLoop, ARefusedClientThatBacksOffWaitsAsItIsTold) {
  std::atomic<int> count{0};
  const ScriptedServer server(testing::model_script([&](const Asked&) {
    ++count;
    return Scripted{.body = kBusy, .way = Scripted::Way::kRaw};
  }));
  Aim aim(server.url());
  aim.target.back_off = true;
  const auto drive = started(closed_loop(aim.target, 2));
  ASSERT_TRUE(eventually([&] { return count == 2; }));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(count, 2);
  drive->finish();  // does not wait for the hour to pass
  EXPECT_EQ(faults(drive->take(), "http 429"), 2u);
}

TEST(ClosedLoop, OthersAskAgainAtOnce) {
  std::atomic<int> count{0};
  const ScriptedServer server(testing::model_script([&](const Asked&) {
    ++count;
    return Scripted{.body = kBusy, .way = Scripted::Way::kRaw};
  }));
  const Aim aim(server.url());
  const auto drive = started(closed_loop(aim.target, 2));
  EXPECT_TRUE(eventually([&] { return count >= 20; }));
}

TEST(OpenLoop, AStallIsCountedFromTheSchedule) {
  std::atomic<int> count{0};  // one connection, and the first answer takes 400 ms: what was due meanwhile is late
  const ScriptedServer server(testing::model_script([&](const Asked& asked) {
    Scripted answer = echo(asked);
    answer.delay = count++ == 0 ? 400ms : 0ms;
    return answer;
  }));
  const Aim aim(server.url());
  const auto drive = started(open_loop(aim.target, {ArrivalKind::kUniform, 100, 1}, 1));
  ASSERT_TRUE(eventually([&] { return count >= 60; }));
  drive->finish();
  const Sample sample = drive->take();
  // Due in the first 300 ms of the stall: those left at least 100 ms late, though each was answered at once.
  const uint64_t late = sample.latency.count() - sample.latency.count_within(99'000'000);
  EXPECT_GE(late, 29u);
  EXPECT_GE(sample.lateness.unconnected, 29u);
  EXPECT_GE(sample.lateness.worst_ns, 100'000'000);
  EXPECT_EQ(sample.latency.count(), static_cast<uint64_t>(count));
}

TEST(OpenLoop, TheScheduleGoesOnWhateverTheServerDoes) {
  const ScriptedServer server(testing::model_script([&](const Asked&) { return Scripted{200, "", 0, 60s}; }));  // never an answer
  const Aim aim(server.url(), 300ms);
  const auto start = Clock::now();
  const auto drive = started(open_loop(aim.target, {ArrivalKind::kUniform, 200, 1}, 4));
  std::this_thread::sleep_for(500ms);
  drive->finish();
  const auto end = Clock::now();
  const Sample sample = drive->take();
  EXPECT_EQ(sample.latency.count(), 0u);
  EXPECT_GE(faults(sample, "timeout"), 4u);
  EXPECT_GE(sample.requests(), 99u);  // 200/s for half a second: all that were due are accounted for
  EXPECT_LE(sample.requests(), static_cast<uint64_t>(std::chrono::duration<double>(end - start).count() * 200) + 1);
  EXPECT_EQ(sample.requests(), faults(sample, "timeout") + faults(sample, "not sent"));
  EXPECT_THAT(sample.faults.at("not sent").example, ::testing::HasSubstr("all 4 connections"));
}

TEST(OpenLoop, ConnectionsGrowAsTheyAreNeeded) {
  std::atomic<int> count{0};
  const ScriptedServer server(testing::model_script([&](const Asked& asked) {
    Scripted answer = echo(asked);
    answer.delay = 100ms;
    ++count;
    return answer;
  }));
  const Aim aim(server.url());
  const auto drive = started(open_loop(aim.target, {ArrivalKind::kUniform, 200, 1}, 64));  // 20 at a time on average
  ASSERT_TRUE(eventually([&] { return count >= 80; }));
  drive->finish();
  EXPECT_GE(drive->connections(), 20);
  EXPECT_LE(drive->connections(), 64);
  const Sample sample = drive->take();
  EXPECT_EQ(sample.failures(), 0u);
}

TEST(OpenLoop, RefusedConnectionsAreRequestsThatFailed) {
  const Aim aim("http://127.0.0.1:" + std::to_string(testing::unused_port()));
  const auto drive = started(open_loop(aim.target, {ArrivalKind::kUniform, 200, 1}, 4));
  std::this_thread::sleep_for(100ms);
  drive->finish();
  const Sample sample = drive->take();
  EXPECT_GE(faults(sample, "connection refused"), 15u);
  EXPECT_EQ(sample.latency.count(), 0u);
}

}  // namespace
}  // namespace headrace::load
