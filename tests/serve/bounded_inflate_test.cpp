#include "serve/bounded_inflate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/deflate.h"

namespace headrace::serve {
namespace {

using End = Inflated::End;
using headrace::testing::deflated;

struct Outcome {
  End end;
  std::string text;
};

// `packed` in pieces of `piece` bytes, into room of `block` bytes at a time and `budget` in all.
Outcome inflated(std::string_view packed, size_t max_bytes, size_t piece = SIZE_MAX, size_t block = 64,
                 size_t budget = SIZE_MAX) {
  std::vector<std::span<const std::byte>> pieces;
  for (size_t i = 0; i < packed.size(); i += std::min(piece, packed.size()))
    pieces.push_back(std::as_bytes(std::span(packed.substr(i, piece))));
  std::string text;
  std::vector<std::byte> memory(block);
  const auto room = [&](size_t most) { return std::span(memory).first(std::min(most, block)); };
  const auto commit = [&](size_t bytes) {
    text.append(reinterpret_cast<const char*>(memory.data()), bytes);
    return text.size() <= budget;
  };
  const End end = inflate_within(pieces, kGzipOrZlibForm, max_bytes, {room, commit}).end;
  return {end, std::move(text)};
}

TEST(BoundedInflate, WhateverThePiecesAndTheRoom) {
  const std::string text(1000, 'a');
  for (const int form : {kGzipForm, kZlibForm})
    for (const size_t piece : {size_t{1}, size_t{7}, SIZE_MAX})
      for (const size_t block : {1, 10, 999, 1000, 1001}) {  // room that is full with the last byte, and room that is not
        const Outcome outcome = inflated(deflated(text, form), text.size(), piece, block);
        EXPECT_EQ(outcome.end, End::kWhole) << piece << " " << block;
        EXPECT_EQ(outcome.text, text) << piece << " " << block;
      }
}

TEST(BoundedInflate, NothingGoesBeyondTheBound) {
  const Outcome outcome = inflated(deflated(std::string(100'000, 'a'), kGzipForm), 999);
  EXPECT_EQ(outcome.end, End::kTooLarge);
  EXPECT_LE(outcome.text.size(), 999U);
  EXPECT_EQ(inflated(deflated("12345", kGzipForm), 4, 1, 1).end, End::kTooLarge);
}

TEST(BoundedInflate, TheSinkMayRefuse) {
  const std::string packed = deflated(std::string(1000, 'a'), kGzipForm);
  EXPECT_EQ(inflated(packed, 1000, SIZE_MAX, 0).end, End::kRefusedBySink);
  EXPECT_EQ(inflated(packed, 1000, SIZE_MAX, 64, 500).end, End::kRefusedBySink);
}

TEST(BoundedInflate, WhatIsNotOneWholeStreamIsDamaged) {
  const std::string good = deflated("hello, hello, hello", kGzipForm);
  for (const size_t piece : {size_t{1}, good.size(), SIZE_MAX}) {  // with good.size(), the surplus is a piece of its own
    EXPECT_EQ(inflated(good.substr(0, good.size() - 1), 100, piece).end, End::kDamaged) << piece;
    EXPECT_EQ(inflated(good + "x", 100, piece).end, End::kDamaged) << piece;
    EXPECT_EQ(inflated("not compressed at all", 100, piece).end, End::kDamaged) << piece;
  }
  EXPECT_EQ(inflated("", 100).end, End::kDamaged);
}

}  // namespace
}  // namespace headrace::serve
