#include "load/connection.h"

#include <gmock/gmock.h>

#include "load/scripted_server.h"
#include "support/test_support.h"

namespace headrace::load {
namespace {

using testing::Asked;
using testing::Scripted;
using testing::ScriptedServer;
using Way = Scripted::Way;

// One client of a server.
struct Caller {
  explicit Caller(const ScriptedServer& server) : url(*parse_url(server.url())), connection(*resolve(url)) {}

  std::optional<Fault> call(const std::string& body = {}, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const Patience until{Clock::now() + patience};
    if (auto fault = connection.open(until)) return fault;
    return connection.exchange({request_head(url, "POST", "/x", {}, body.size()) + body}, reply, until);
  }
  std::string text() const { return {reply.body.data(), reply.body.size()}; }

  Url url;
  Connection connection;
  Reply reply;
};

TEST(Connection, AnswersOfEveryFormAreRead) {
  for (const Way way : {Way::kWhole, Way::kChunked, Way::kToEnd}) {
    const ScriptedServer server([way](const Asked& asked) { return Scripted{418, asked.body, 0, {}, way}; });
    Caller caller(server);
    for (const size_t size : {size_t{0}, size_t{1}, size_t{100'000}, size_t{3'000'000}}) {
      std::string body(size, 'x');
      for (size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 23);
      const auto fault = caller.call(body);
      ASSERT_FALSE(fault) << fault->message;
      EXPECT_EQ(caller.reply.status, 418);
      EXPECT_EQ(caller.text(), body);
      EXPECT_EQ(caller.reply.json_bytes, size);
    }
    EXPECT_EQ(server.connections(), way == Way::kToEnd ? 4 : 1);  // kept where the answer allows
  }
}

TEST(Connection, PartsOfABodyAreSentInOrder) {
  const ScriptedServer server([](const Asked& asked) { return Scripted{200, asked.body}; });
  Caller caller(server);
  std::string bytes(300, ' ');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>('0' + i % 10);
  Message message{request_head(caller.url, "POST", "/", {}, bytes.size())};
  for (size_t i = 0; i < bytes.size(); ++i)
    message.rest.push_back(std::as_bytes(std::span(bytes)).subspan(i, 1));  // more than one call takes
  const Patience patience{Clock::now() + std::chrono::seconds(20)};
  ASSERT_FALSE(caller.connection.open(patience));
  ASSERT_FALSE(caller.connection.exchange(message, caller.reply, patience));
  EXPECT_EQ(caller.text(), bytes);
}

TEST(Connection, AServerThatClosesAfterEachAnswer) {
  const ScriptedServer server([](const Asked&) { return Scripted{200, "ok"}; }, false);
  Caller caller(server);
  for (int i = 0; i < 3; ++i) ASSERT_FALSE(caller.call());
  EXPECT_EQ(server.connections(), 3);
}

TEST(Connection, FaultsHaveTheirKinds) {
  std::atomic<Way> way{Way::kDrop};
  const ScriptedServer server([&](const Asked&) { return Scripted{200, "some answer", 0, {}, way}; });
  Caller caller(server);
  const auto kind = [&] {
    const auto fault = caller.call();
    return fault ? name_of(*fault) : "none";
  };
  EXPECT_EQ(kind(), "reset");
  way = Way::kHalf;
  EXPECT_EQ(kind(), "reset");
  way = Way::kRaw;
  EXPECT_EQ(kind(), "bad answer");
  way = Way::kWhole;  // and after all of them it goes on
  EXPECT_EQ(kind(), "none");
}

TEST(Connection, ALateAnswerIsATimeout) {
  const ScriptedServer server([](const Asked&) { return Scripted{200, "late", 0, std::chrono::seconds(30)}; });
  Caller caller(server);
  const auto before = Clock::now();
  const auto fault = caller.call({}, std::chrono::milliseconds(50));
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->kind, FaultKind::kTimeout);
  EXPECT_GE(Clock::now() - before, std::chrono::milliseconds(50));
}

TEST(Connection, NobodyListens) {
  Url url = *parse_url("http://127.0.0.1:1");
  url.port = std::to_string(testing::unused_port());
  Connection connection(*resolve(url));
  const auto fault = connection.open({Clock::now() + std::chrono::seconds(5)});
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->kind, FaultKind::kRefused);
}

TEST(Connection, WaitingEndsWhenTheUserAsksTo) {
  const ScriptedServer server([](const Asked&) { return Scripted{200, "late", 0, std::chrono::seconds(30)}; });
  Caller caller(server);
  const std::atomic<bool> stop{true};
  const Progress progress({}, &stop);
  const Patience patience{Clock::now() + std::chrono::seconds(20), &progress};
  const auto fault = caller.connection.open(patience);
  ASSERT_TRUE(fault || caller.connection.exchange({request_head(caller.url, "GET", "/", {}, 0)}, caller.reply, patience));
}

TEST(Connection, LengthsOfTheJsonThatLie) {
  const ScriptedServer server([](const Asked&) { return Scripted{200, "12345", 6}; });
  Caller caller(server);
  const auto fault = caller.call();
  ASSERT_TRUE(fault.has_value());
  EXPECT_EQ(fault->kind, FaultKind::kBadAnswer);
  EXPECT_THAT(fault->message, ::testing::HasSubstr("Inference-Header-Content-Length"));
}

TEST(Connection, AnswersThatAreNoHttp) {
  for (const std::string raw :
       {"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc",
        "SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const ScriptedServer server([&](const Asked&) { return Scripted{200, raw, 0, {}, Way::kRaw}; });
    Caller caller(server);
    const auto fault = caller.call();
    ASSERT_TRUE(fault.has_value()) << raw;
    EXPECT_EQ(name_of(*fault), "bad answer") << raw;
  }
}

}  // namespace
}  // namespace headrace::load
