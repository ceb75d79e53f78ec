#include "serve/repository/parallelism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/repository/warm_up.h"
#include "support/test_support.h"

namespace headrace::serve {
namespace {

using ::testing::ElementsAre;

using P = Parallelism;

TEST(Parallelism, CandidatesUseAllCpusAndNoMore) {
  EXPECT_THAT(parallelism_candidates(1, {}), ElementsAre(P{1, 1}));
  EXPECT_THAT(parallelism_candidates(2, {}), ElementsAre(P{1, 2}, P{2, 1}));
  EXPECT_THAT(parallelism_candidates(6, {}), ElementsAre(P{1, 6}, P{1, 4}, P{3, 2}, P{6, 1}));
  EXPECT_THAT(parallelism_candidates(8, {}), ElementsAre(P{1, 8}, P{2, 4}, P{4, 2}, P{8, 1}));
}

TEST(Parallelism, WhatIsSetStays) {
  EXPECT_THAT(parallelism_candidates(8, {3, 5}), ElementsAre(P{3, 5}));
  EXPECT_THAT(parallelism_candidates(8, {2, 0}), ElementsAre(P{2, 4}));
  EXPECT_THAT(parallelism_candidates(8, {0, 4}), ElementsAre(P{2, 4}));
  EXPECT_THAT(parallelism_candidates(2, {5, 0}), ElementsAre(P{5, 1}));
  EXPECT_THAT(parallelism_candidates(2, {0, 16}), ElementsAre(P{1, 16}));
}

TEST(Parallelism, ThroughputDecides) {
  EXPECT_EQ(fastest(std::vector<MeasuredParallelism>{{{1, 2}, 100, 120}, {{2, 1}, 130, 150}}), (P{2, 1}));
  EXPECT_EQ(fastest(std::vector<MeasuredParallelism>{{{1, 2}, 130, 150}, {{2, 1}, 100, 120}}), (P{1, 2}));
}

TEST(Parallelism, OfNearlyEqualOnesTheWiderAnswersSooner) {
  EXPECT_EQ(fastest(std::vector<MeasuredParallelism>{{{1, 4}, 98, 0}, {{2, 2}, 99, 0}, {{4, 1}, 100, 0}}), (P{1, 4}));
  EXPECT_EQ(fastest(std::vector<MeasuredParallelism>{{{1, 4}, 96, 0}, {{2, 2}, 98, 0}, {{4, 1}, 100, 0}}), (P{2, 2}));
  EXPECT_EQ(fastest(std::vector<MeasuredParallelism>{{{1, 4}, 96, 0}, {{2, 2}, 96, 0}, {{4, 1}, 100, 0}}), (P{4, 1}));
}

TEST(Parallelism, SingleRequestsAndFullBatchesCountAlike) {
  EXPECT_EQ(fastest(std::vector<MeasuredParallelism>{{{1, 2}, 100, 400}, {{2, 1}, 150, 200}}), (P{1, 2}));
}

// A session that takes any batch, or refuses to run.
class FakeSession final : public Session {
 public:
  explicit FakeSession(bool runs, Shape shape = {Dim{-1, "N"}, Dim{2, ""}}, DType dtype = DType::kFloat32) : runs_(runs) {
    signature_.inputs = {{"x", dtype, shape}};
    signature_.outputs = {{"y", DType::kFloat32, shape}};
  }
  const Signature& signature() const override { return signature_; }
  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    if (!runs_) return internal_error("this one does not run");
    outputs.assign(inputs.begin(), inputs.end());
    return Ok{};
  }

 private:
  Signature signature_;
  bool runs_;
};

OpenSessions opener(std::vector<P>& opened, bool runs = true) {
  return [&opened, runs](int count, int threads) -> Result<Sessions> {
    opened.push_back({count, threads});
    Sessions sessions;
    for (int i = 0; i < count; ++i) sessions.push_back(std::make_unique<FakeSession>(runs));
    return sessions;
  };
}

TEST(ChooseParallelism, InstancesOfOneThreadShareASession) {
  std::vector<P> opened;
  const auto narrow = choose_parallelism({{4, 1}}, 8, 0, opener(opened), {});
  ASSERT_OK(narrow);
  EXPECT_EQ(narrow->sessions.size(), 1u);
  EXPECT_EQ(narrow->parallelism, (P{4, 1}));
  const auto wide = choose_parallelism({{2, 2}}, 8, 0, opener(opened), {});
  ASSERT_OK(wide);
  EXPECT_EQ(wide->sessions.size(), 2u);
}

TEST(ChooseParallelism, MeasuresEveryCandidateAndKeepsTheSessionsOfOne) {
  std::vector<P> opened;
  const auto chosen = choose_parallelism({{1, 2}, {2, 1}}, 8, 0.001, opener(opened), {});
  ASSERT_OK(chosen);
  EXPECT_GE(opened.size(), 2u);
  EXPECT_EQ(chosen->sessions.size(), 1u);
  EXPECT_TRUE(chosen->parallelism == (P{1, 2}) || chosen->parallelism == (P{2, 1}));
  EXPECT_EQ(chosen->note, "");
}

TEST(ChooseParallelism, WhatCannotBeMeasuredGetsOneThreadEach) {
  std::vector<P> opened;
  const auto chosen = choose_parallelism({{1, 2}, {2, 1}}, 8, 0.001, opener(opened, false), {});
  ASSERT_OK(chosen);
  EXPECT_EQ(chosen->parallelism, (P{2, 1}));
  EXPECT_THAT(chosen->note, ::testing::HasSubstr("this one does not run"));
}

TEST(WarmUp, AModelThatCannotRunIsFoundOut) {
  ParallelSessions parallel{{2, 1}, {}, {}};
  parallel.sessions.push_back(std::make_unique<FakeSession>(false));
  EXPECT_ERROR(warm_up(parallel, 8), "does not run");
  parallel.sessions[0] = std::make_unique<FakeSession>(true);
  ASSERT_OK(warm_up(parallel, 8));
}

TEST(WarmUp, MadeUpIntegersProveNothing) {  // they may be indices beyond a table's end
  ParallelSessions parallel{{1, 1}, {}, {}};
  parallel.sessions.push_back(std::make_unique<FakeSession>(false, Shape{Dim{-1, "N"}, Dim{2, ""}}, DType::kInt64));
  ASSERT_OK(warm_up(parallel, 8));
}

TEST(WarmUp, ExtentsThatOnlyUsersKnowProveNothing) {
  ParallelSessions parallel{{1, 1}, {}, {}};
  parallel.sessions.push_back(std::make_unique<FakeSession>(false, Shape{Dim{-1, "N"}, Dim{-1, "width"}}));
  ASSERT_OK(warm_up(parallel, 8));
}

TEST(BatchLimit, AFixedBatchTakesNone) {
  const FakeSession free(true), fixed(true, Shape{Dim{1, ""}, Dim{2, ""}});
  EXPECT_EQ(*batch_limit(free.signature(), {}), 8);
  ModelOptions options;
  options.max_batch_size = 4;
  EXPECT_EQ(*batch_limit(free.signature(), options), 4);
  EXPECT_EQ(*batch_limit(fixed.signature(), {}), 0);
  EXPECT_ERROR(batch_limit(fixed.signature(), options), "do not all begin with one free extent");
}

}  // namespace
}  // namespace headrace::serve
