#include <gtest/gtest.h>

#include "fake_session.h"
#include "serve/model/input_buffers.h"
#include "serve/model/output_buffers.h"

namespace headrace::serve {
namespace {

PendingPtr pending_of(Tensor tensor) {
  auto pending = std::make_unique<Pending>();
  pending->checked.rows = tensor.dims()[0];
  pending->checked.inputs = {std::move(tensor)};
  return pending;
}

std::vector<PendingPtr> pair_of(Tensor first, Tensor second) {
  std::vector<PendingPtr> both;
  both.push_back(pending_of(std::move(first)));
  both.push_back(pending_of(std::move(second)));
  return both;
}

Tensor floats(Dims dims, std::vector<float> values) { return Tensor::from<float>(std::move(dims), values); }

TEST(InputBuffers, LayRowsOneBehindTheOther) {
  InputBuffers buffers(1);
  const auto both = pair_of(floats({1, 2}, {1, 2}), floats({2, 2}, {3, 4, 5, 6}));
  EXPECT_TRUE(buffers.gather(both)[0].same_bits(floats({3, 2}, {1, 2, 3, 4, 5, 6})));
}

TEST(InputBuffers, ASingleRequestIsNotCopied) {
  InputBuffers buffers(1);
  std::vector<PendingPtr> one;
  one.push_back(pending_of(floats({1, 2}, {1, 2})));
  EXPECT_EQ(buffers.gather(one)[0].bytes().data(), one[0]->checked.inputs[0].bytes().data());
}

TEST(InputBuffers, MemoryIsUsedAgainUnlessSomebodyHoldsIt) {
  InputBuffers buffers(1);
  const auto both = pair_of(floats({1, 2}, {1, 2}), floats({1, 2}, {3, 4}));
  const std::byte* first = buffers.gather(both)[0].bytes().data();
  buffers.clear();
  EXPECT_EQ(buffers.gather(both)[0].bytes().data(), first);
  const Tensor held = buffers.gather(both)[0];  // as an engine may that hands its input on
  buffers.clear();
  EXPECT_NE(buffers.gather(both)[0].bytes().data(), held.bytes().data());
}

TEST(InputBuffers, StringsAreJoined) {
  InputBuffers buffers(1);
  const auto both = pair_of(Tensor::of_strings({1}, {"a"}), Tensor::of_strings({2}, {"b", "c"}));
  EXPECT_TRUE(buffers.gather(both)[0].same_bits(Tensor::of_strings({3}, {"a", "b", "c"})));
}

TEST(OutputBuffers, RowsAreViewsOfTheBatch) {
  const auto set = std::make_shared<std::vector<Tensor>>();
  set->push_back(floats({3, 2}, {1, 2, 3, 4, 5, 6}));
  set->push_back(Tensor::of_strings({3}, {"a", "b", "c"}));
  const Tensor rows = rows_of(set, 0, 1, 2);
  EXPECT_TRUE(rows.same_bits(floats({2, 2}, {3, 4, 5, 6})));
  EXPECT_EQ(rows.bytes().data(), (*set)[0].bytes().data() + 8);
  EXPECT_TRUE(rows_of(set, 1, 2, 1).same_bits(Tensor::of_strings({1}, {"c"})));
  EXPECT_TRUE(whole_of(set, 0).same_bits((*set)[0]));
}

TEST(OutputBuffers, MemoryThatAResponseHoldsIsNotWrittenAgain) {
  OutputBuffers buffers;
  OutputSet set = buffers.free_set(1);
  set->push_back(floats({1, 2}, {1, 2}));
  const auto* first = set.get();
  const Tensor response = whole_of(set, 0);
  set = nullptr;
  EXPECT_NE(buffers.free_set(1).get(), first);
  std::vector<Tensor> held(20);
  for (Tensor& tensor : held) {  // more responses than sets are kept
    set = buffers.free_set(1);
    set->assign(1, floats({1, 2}, {3, 4}));
    tensor = whole_of(set, 0);
  }
  EXPECT_TRUE(response.same_bits(floats({1, 2}, {1, 2})));
}

TEST(OutputBuffers, MemoryOfTheSameRowsIsTakenFirst) {
  OutputBuffers buffers;
  OutputSet one = buffers.free_set(1), four = buffers.free_set(4);
  const auto* wanted = four.get();
  one = four = nullptr;
  EXPECT_EQ(buffers.free_set(4).get(), wanted);
}

TEST(OutputBuffers, DivisibleIsWhatCountsRows) {
  EXPECT_TRUE(counts_rows({floats({2, 1}, {1, 2}), floats({2}, {1, 2})}, 2));
  EXPECT_FALSE(counts_rows({floats({2, 1}, {1, 2}), Tensor::scalar(1.0F)}, 2));
  EXPECT_FALSE(counts_rows({floats({1, 2}, {1, 2})}, 2));
}

}  // namespace
}  // namespace headrace::serve
