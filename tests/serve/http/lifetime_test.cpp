// Connections over time: deadlines, clients that go away, too many of them, the end of the server.
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "server_fixture.h"

namespace headrace::serve::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Lifetime : public ServerTest {};

const std::string kInfer = "/v2/models/identity/infer";
const std::string kGood = one_input("FP32", "[1]", "[1]");

// Waits up to 20 seconds.
template <typename F>
bool eventually(F&& condition) {
  for (int i = 0; i < 4000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

TEST_F(Lifetime, SlowHeadersAreGivenUp) {
  options_.limits.header_timeout_ms = 100;
  RawClient client(port());
  client.send("GET /v2 HTTP/1.1\r\nHo");
  const auto answer = client.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(Lifetime, SlowBodiesAreGivenUpWhateverTrickles) {
  options_.limits.body_timeout_ms = 200;
  for (const std::string& start :
       {std::string("Content-Length: 1000\r\n\r\n{"), std::string("Transfer-Encoding: chunked\r\n\r\nfff\r\n")}) {
    RawClient client(port());
    client.send("POST " + kInfer + " HTTP/1.1\r\nHost: t\r\n" + start);
    std::jthread trickle([&](const std::stop_token& stop) {
      while (!stop.stop_requested() && client.send("1")) std::this_thread::sleep_for(milliseconds(20));
    });
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408) << answer->body;
  }
}

TEST_F(Lifetime, IdleConnectionsAreClosed) {
  options_.limits.idle_timeout_ms = 100;
  RawClient silent(port());
  EXPECT_TRUE(silent.closed_by_server());
  RawClient used(port());
  used.send(get("/v2"));
  EXPECT_EQ(used.read()->status, 200);
  EXPECT_TRUE(used.closed_by_server());
}

TEST_F(Lifetime, AnInferenceMayTakeLongerThanAnyDeadline) {
  options_.limits.header_timeout_ms = options_.limits.body_timeout_ms = options_.limits.idle_timeout_ms = 60;
  service_.hold = true;
  RawClient client(port());
  client.send(post(kInfer, kGood));
  ASSERT_TRUE(service_.wait_for_held(1));
  std::this_thread::sleep_for(milliseconds(200));
  service_.release();
  EXPECT_EQ(client.read()->status, 200);
}

TEST_F(Lifetime, AClientThatGoesAwayCancelsItsRequest) {
  service_.hold = true;
  RawClient client(port());
  client.send(post(kInfer, kGood));
  ASSERT_TRUE(service_.wait_for_held(1));
  client.send("\r\n");  // as some send behind a body: a read ends, and the next one notices
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_FALSE(service_.last().cancellation.requested());
  client.close();
  EXPECT_TRUE(eventually([&] { return service_.last().cancellation.requested(); }));
  service_.release();
  service_.hold = false;
  EXPECT_EQ(ask(post(kInfer, kGood)).status, 200);
}

TEST_F(Lifetime, AnswersComeFromOtherThreadsAndOthersAreServedMeanwhile) {
  options_.http_threads = 2;
  service_.hold = true;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->send(post(kInfer, kGood));
  }
  ASSERT_TRUE(service_.wait_for_held(20));
  EXPECT_EQ(ask(get("/v2/health/live")).status, 200);
  service_.release();
  for (const auto& client : clients) EXPECT_EQ(client->read()->status, 200);
}

TEST_F(Lifetime, TooManyConnectionsAreTurnedAway) {
  options_.limits.max_connections = 2;
  RawClient first(port());
  RawClient second(port());
  first.send(get("/v2"));
  second.send(get("/v2"));
  EXPECT_EQ(first.read()->status, 200);
  EXPECT_EQ(second.read()->status, 200);
  RawClient third(port());
  third.send(get("/v2"));
  const auto answer = third.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_TRUE(third.closed_by_server());
  first.close();
  EXPECT_TRUE(eventually([&] { return ask(get("/v2")).status == 200; }));
}

TEST_F(Lifetime, WithoutFileDescriptorsItWaitsAndGoesOn) {
  RawClient early(port());
  early.send(get("/v2"));
  ASSERT_EQ(early.read()->status, 200);
  RawClient late;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;  // no new descriptor for this process, and the server in it
  setrlimit(RLIMIT_NOFILE, &none);
  late.connect(server_->port());  // waits in the backlog
  late.send(get("/v2"));
  early.send(get("/v2"));
  const auto served = early.read();
  std::this_thread::sleep_for(milliseconds(100));
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->status, 200);
  const auto answer = late.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST_F(Lifetime, DrainAnswersWhatIsInFlightAndCloses) {
  service_.hold = true;
  RawClient busy(port());
  busy.send(post(kInfer, kGood));
  ASSERT_TRUE(service_.wait_for_held(1));
  RawClient idle(port());
  idle.send(get("/v2"));
  EXPECT_EQ(idle.read()->status, 200);
  std::thread draining([&] { server_->drain(milliseconds(20'000)); });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(eventually([&] { return !RawClient(server_->port()).connected(); }));
  service_.release();
  const auto answer = busy.read();
  draining.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->fields.at("connection"), "close");
}

TEST_F(Lifetime, DrainHasAnEnd) {
  service_.hold = true;
  RawClient busy(port());
  busy.send(post(kInfer, kGood));
  ASSERT_TRUE(service_.wait_for_held(1));
  server_->drain(milliseconds(50));
  EXPECT_FALSE(busy.read().has_value());
  EXPECT_TRUE(service_.last().cancellation.requested());
}

TEST_F(Lifetime, AnAnswerMayComeWhenTheServerHasGone) {
  service_.hold = true;
  RawClient busy(port());
  busy.send(post(kInfer, kGood));
  ASSERT_TRUE(service_.wait_for_held(1));
  server_.reset();
  service_.release();
  EXPECT_FALSE(busy.read().has_value());
}

TEST_F(Lifetime, StartSaysWhatIsWrong) {
  const uint16_t taken = port();
  ServerOptions options;
  options.http_port = taken;
  EXPECT_ERROR(HttpServer::start(service_, options, nullptr), "the port is in use");
  options.http_port = 70'000;
  EXPECT_ERROR(HttpServer::start(service_, options, nullptr), "between 0 and 65535");
  options.http_port = 0;
  options.host = "256.0.0.1";
  EXPECT_ERROR(HttpServer::start(service_, options, nullptr), "256.0.0.1");
}

TEST_F(Lifetime, RequestsAreLogged) {
  const headrace::testing::TemporaryFolder folder;
  const std::string path = folder / "access.log";
  auto log = AccessLog::open(path);
  ASSERT_OK(log);
  log_ = *std::move(log);
  ask(post(kInfer, R"({"id":"r1","inputs":[]})", "traceparent: 00-abc-def-01\r\n"));
  ask(get("/v2/models/..%2f/ready"));
  std::string text;
  EXPECT_TRUE(eventually([&] {
    text = headrace::testing::read_file(path);
    return std::count(text.begin(), text.end(), '\n') == 2;
  }));
  EXPECT_THAT(
      text,
      HasSubstr(
          R"("method":"POST","path":"/v2/models/identity/infer","model":"identity","version":"2","request_id":"r1","traceparent":"00-abc-def-01","status":200)"));
  EXPECT_THAT(text, HasSubstr(R"("status":400,"error":)"));
}

}  // namespace
}  // namespace headrace::serve::testing
