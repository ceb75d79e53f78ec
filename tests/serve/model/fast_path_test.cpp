#include <gtest/gtest.h>

#include "fake_session.h"

namespace headrace::serve {
namespace {

// Whether one of the next requests runs on this thread. The machine may be busy, so that a run seems long: it is tried again.
bool runs_here(Model& model, const FakeSession& session) {
  return eventually([&] {
    EXPECT_TRUE(infer(model, request_of(1)).ok());
    return session.threads().back() == std::this_thread::get_id();
  });
}

TEST(FastPath, ShortRunsHappenOnTheCallersThreadOnceTheyAreKnownToBeShort) {
  const auto session = std::make_shared<FakeSession>();
  const auto model = start_model(session);
  EXPECT_TRUE(infer(*model, request_of(1)).ok());
  EXPECT_NE(session->threads().front(), std::this_thread::get_id()) << "nothing is known of the model yet";
  EXPECT_TRUE(runs_here(*model, *session));
}

TEST(FastPath, LongRunsDoNot) {
  const auto session = std::make_shared<FakeSession>([](std::span<const Tensor>) -> Status {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Ok{};
  });
  const auto model = start_model(session);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(infer(*model, request_of(1)).ok());
  for (const std::thread::id id : session->threads()) EXPECT_NE(id, std::this_thread::get_id());
}

// Where rows may have any length, that of the short ones says nothing of a long one: it must not hold up a front end's thread.
TEST(FastPath, NotForLongerRowsThanWereShort) {
  constexpr int64_t kLong = 1000;
  const auto session = std::make_shared<FakeSession>();
  const auto model = start_model(session);
  ASSERT_TRUE(runs_here(*model, *session));
  EXPECT_TRUE(infer(*model, request_of(1, 1, kLong)).ok());
  EXPECT_NE(session->threads().back(), std::this_thread::get_id());
  EXPECT_TRUE(runs_here(*model, *session)) << "short ones still do";
}

TEST(FastPath, NotWithoutAFreeCpu) {
  const auto budget = CpuBudget::create(1);
  const auto session = std::make_shared<FakeSession>();
  const auto model = start_model(session, {}, budget);
  ASSERT_TRUE(runs_here(*model, *session));
  const auto other = budget->add_client();
  budget->acquire(other, 1);
  Answers answers_;
  model->infer(request_of(1), answers_.at(0));
  EXPECT_EQ(answers_.count(), 0U) << "it waits, and the caller does not";
  budget->release(other, 1, 0);
  EXPECT_TRUE(answers_.await(1));
}

// A closed loop of requests, each sent from the answer to the one before, must not nest without end.
TEST(FastPath, DoesNotNest) {
  const auto session = std::make_shared<FakeSession>();
  const auto model = start_model(session);
  ASSERT_TRUE(runs_here(*model, *session));
  constexpr int kRequests = 3000;
  std::atomic<int> answered = 0, depth = 0, deepest = 0;
  std::function<void()> send = [&] {
    model->infer(request_of(1), [&](const Result<InferenceResponse>&) {
      static thread_local int nested = 0;
      ++nested;
      if (nested > deepest) deepest = nested;
      if (++answered < kRequests) send();
      --nested;
    });
  };
  send();
  EXPECT_TRUE(eventually([&] { return answered == kRequests; }));
  EXPECT_LE(deepest, 2);
  model->drain(std::chrono::seconds(30));
}

}  // namespace
}  // namespace headrace::serve
