#include "serve/http/chunk_decoder.h"

#include <algorithm>
#include <utility>

namespace headrace::serve::http {
namespace {

// A chunk of one byte takes 5 bytes of framing. Who sends far more than that beside his data sends nothing but work.
constexpr uint64_t kFramingPerByte = 16;
constexpr uint64_t kFramingAtLeast = 64 << 10;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void ChunkDecoder::refuse(int status, std::string message) {
  refusal_ = Refusal{status, std::move(message), {}};
  state_ = State::kDone;
}

void ChunkDecoder::digit(char c) {
  const int value = hex_value(c);
  if (left_ > (UINT64_MAX >> 4)) return refuse(400, "the size of a chunk does not fit 64 bits");
  left_ = left_ << 4 | static_cast<uint64_t>(value);
  state_ = State::kSize;
}

void ChunkDecoder::expect(char c, char wanted, State next) {
  if (c != wanted) return refuse(400, "the body's chunks are malformed: a line does not end with CR LF");
  state_ = next;
}

void ChunkDecoder::end_of_size() {
  if (left_ > max_body_bytes_ - std::min<uint64_t>(total_, max_body_bytes_))
    return refuse(413, "the body is larger than the " + std::to_string(max_body_bytes_) + " bytes that this server takes");
  state_ = left_ == 0 ? State::kTrailerStart : State::kData;
}

void ChunkDecoder::framing(char c) {
  if (++framing_ > kFramingAtLeast + kFramingPerByte * total_) return refuse(400, "the body's chunks are nearly all framing");
  switch (state_) {
    case State::kSizeFirst:
      left_ = 0;
      return hex_value(c) >= 0 ? digit(c) : refuse(400, "the size of a chunk is no hexadecimal number");
    case State::kSize:
      if (hex_value(c) >= 0) return digit(c);
      if (c == ';' || c == ' ' || c == '\t') return void(state_ = State::kExtension);
      return expect(c, '\r', State::kSizeEnd);
    case State::kExtension:
      if (c == '\r') return void(state_ = State::kSizeEnd);
      return c == '\n' ? refuse(400, "a line feed stands alone in a chunk's extension") : void();
    case State::kSizeEnd: expect(c, '\n', State::kData); return refusal_ ? void() : end_of_size();
    case State::kDataReturn: return expect(c, '\r', State::kDataEnd);
    case State::kDataEnd: return expect(c, '\n', State::kSizeFirst);
    case State::kTrailerStart: return void(state_ = c == '\r' ? State::kEnd : State::kTrailer);
    case State::kTrailer: return c == '\r' ? void(state_ = State::kTrailerReturn) : void();
    case State::kTrailerReturn: return expect(c, '\n', State::kTrailerStart);
    case State::kEnd: return expect(c, '\n', State::kDone);
    case State::kData:
    case State::kDone: return;
  }
}

std::string_view ChunkDecoder::next(std::string_view& input) {
  while (!input.empty() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::string_view data = input.substr(0, left_);
      input.remove_prefix(data.size());
      left_ -= data.size();
      total_ += data.size();
      if (left_ == 0) state_ = State::kDataReturn;
      return data;
    }
    framing(input.front());
    input.remove_prefix(1);
  }
  return {};
}

}  // namespace headrace::serve::http
