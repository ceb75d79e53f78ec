#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/http/body_buffer.h"
#include "serve/http/chunk_decoder.h"
#include "serve/http/decompress.h"
#include "support/deflate.h"

namespace headrace::serve::http {
namespace {

using headrace::testing::deflated;

constexpr size_t kMega = size_t{1} << 20;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

TEST(BodyBuffer, GrowsWithWhatArrivesNotWithWhatIsSaid) {
  auto memory = std::make_shared<BodyMemory>(256 * kMega, 0);
  BodyBuffer body(memory);
  const auto room = body.room(128 * kMega);
  EXPECT_LE(memory->in_use(), 64U << 10);
  body.commit(room.size());
  (void)body.room(128 * kMega);
  EXPECT_LE(memory->in_use(), 192U << 10);
}

TEST(BodyBuffer, KeepsContentsAndAlignment) {
  auto memory = std::make_shared<BodyMemory>(16 * kMega, kMega);
  BodyBuffer body(memory, 37);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "some text " + std::to_string(i);
  for (size_t i = 0; i < text.size(); i += 777) ASSERT_TRUE(body.append(bytes_of(std::string_view(text).substr(i, 777))));
  EXPECT_EQ(text_of(body.bytes()), text);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(body.bytes().data() + 37) % 64, 0U);
  EXPECT_GE(body.readable(), body.size() + 64);
}

TEST(BodyBuffer, AllTogetherHaveABudgetAndGiveItBack) {
  auto memory = std::make_shared<BodyMemory>(kMega, kMega);
  const std::string half(400'000, 'x');
  {
    BodyBuffer first(memory);
    ASSERT_TRUE(first.append(bytes_of(half)));
    BodyBuffer second(memory);
    EXPECT_FALSE(second.append(bytes_of(half)));
  }
  EXPECT_EQ(memory->in_use(), 0U);
  BodyBuffer third(memory);
  EXPECT_TRUE(third.append(bytes_of(std::string(400'000, 'y'))));
}

// All data of a body, decoded from pieces of `piece` bytes; or the refusal's status.
std::string decoded(std::string_view wire, size_t piece, size_t most = kMega) {
  ChunkDecoder decoder(most);
  std::string data;
  for (size_t i = 0; i < wire.size() && !decoder.done(); i += piece) {
    std::string_view input = wire.substr(i, piece);
    while (!input.empty() && !decoder.done()) data += decoder.next(input);
  }
  if (decoder.refusal()) return std::to_string(decoder.refusal()->status);
  return decoder.done() ? data : data + "...";
}

TEST(ChunkDecoder, DecodesWhateverThePieces) {
  const std::string wire = "5\r\nhello\r\n00006;name=\"v\"\r\n world\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n";
  for (const size_t piece : {1U, 2U, 3U, 7U, 1000U}) EXPECT_EQ(decoded(wire, piece), "hello world") << piece;
  EXPECT_EQ(decoded("0\r\n\r\n", 1), "");
  EXPECT_EQ(decoded("A\r\n01234", 3), "01234...");
}

TEST(ChunkDecoder, RefusesWhatIsMalformed) {
  for (const char* wire : {"x\r\n", "\r\n", "-1\r\n", "5\nhello", "5\r\nhelloX", "5\r\nhello\rX", "10000000000000000\r\n",
                           "5 ;a\nb", "0\r\nTrailer\rX", "0x5\r\nhello\r\n"})
    EXPECT_EQ(decoded(wire, 1), "400") << wire;
  EXPECT_EQ(decoded("ffffffffffffffff\r\n", 100), "413");
  EXPECT_EQ(decoded("6\r\nhello!\r\n6\r\nhello!\r\n0\r\n\r\n", 100, 10), "413");
}

TEST(ChunkDecoder, FramingIsBounded) {
  EXPECT_EQ(decoded("1;" + std::string(100'000, 'x') + "\r\n", 4096), "400");
  EXPECT_EQ(decoded("0\r\n" + std::string(100'000, 'x'), 4096), "400");
  std::string ones;
  for (int i = 0; i < 100'000; ++i) ones += "1\r\nx\r\n";
  EXPECT_EQ(decoded(ones + "0\r\n\r\n", 4096), std::string(100'000, 'x'));
}

// The plain text, or the refusal's status.
std::string unpacked(std::string_view data, Coding coding, size_t most, size_t budget = 64 * kMega) {
  auto memory = std::make_shared<BodyMemory>(budget, 0);
  BodyBuffer plain(memory);
  const auto refusal = decompress(bytes_of(data), coding, most, plain);
  EXPECT_LE(memory->in_use(), 2 * most + (128U << 10));
  return refusal ? std::to_string(refusal->status) : text_of(plain.bytes());
}

TEST(Decompress, GzipAndDeflate) {
  const std::string text(300'000, 'a');
  EXPECT_EQ(unpacked(deflated(text, 31), Coding::kGzip, kMega), text);
  EXPECT_EQ(unpacked(deflated(text, 15), Coding::kDeflate, kMega), text);
  EXPECT_EQ(unpacked(deflated("", 31), Coding::kGzip, kMega), "");
  EXPECT_EQ(unpacked(deflated(text, 31), Coding::kGzip, text.size()), text);  // exactly the bound
}

TEST(Decompress, ABombIsRefusedAtTheBound) {
  const std::string bomb = deflated(std::string(32 * kMega, '\0'), 31);
  ASSERT_LT(bomb.size(), 64U << 10);
  EXPECT_EQ(unpacked(bomb, Coding::kGzip, kMega), "413");
  EXPECT_EQ(unpacked(deflated("12345", 31), Coding::kGzip, 4), "413");
  EXPECT_EQ(unpacked(bomb, Coding::kGzip, 64 * kMega, 4 * kMega), "429");
}

TEST(Decompress, DamageIsRefused) {
  const std::string good = deflated("hello, hello, hello", 31);
  EXPECT_EQ(unpacked(good.substr(0, good.size() - 1), Coding::kGzip, kMega), "400");
  EXPECT_EQ(unpacked(good + "x", Coding::kGzip, kMega), "400");
  EXPECT_EQ(unpacked("not gzip at all", Coding::kGzip, kMega), "400");
  EXPECT_EQ(unpacked("", Coding::kGzip, kMega), "400");
  EXPECT_EQ(unpacked(good, Coding::kDeflate, kMega), "400");
}

TEST(Decompress, CodingsByName) {
  EXPECT_EQ(coding_of("GZip"), Coding::kGzip);
  EXPECT_EQ(coding_of(""), Coding::kIdentity);
  EXPECT_EQ(coding_of("br"), std::nullopt);
  EXPECT_EQ(coding_of("gzip, gzip"), std::nullopt);
}

}  // namespace
}  // namespace headrace::serve::http
