// The chunked transfer coding of HTTP/1.1 (RFC 9112, section 7.1), decoded byte by byte as it comes: time is linear in the bytes
// received however small the chunks are, and nothing but the data is kept. Extensions and trailers are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "serve/http/refusal.h"

namespace headrace::serve::http {

class ChunkDecoder {
 public:
  explicit ChunkDecoder(size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  // Takes bytes from the front of `input` up to the next piece of data, which it returns (a view into the input), or up to the
  // end of the body or of the input, where the piece is empty.
  std::string_view next(std::string_view& input);
  bool done() const { return state_ == State::kDone; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  enum class State {
    kSizeFirst,
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataReturn,
    kDataEnd,
    kTrailerStart,
    kTrailer,
    kTrailerReturn,
    kEnd,
    kDone
  };

  void framing(char c);  // one byte that is no data
  void digit(char c);
  void expect(char c, char wanted, State next);
  void end_of_size();
  void refuse(int status, std::string message);

  const size_t max_body_bytes_;
  State state_ = State::kSizeFirst;
  uint64_t left_ = 0;   // of the chunk
  uint64_t total_ = 0;  // of data so far
  uint64_t framing_ = 0;
  std::optional<Refusal> refusal_;
};

}  // namespace headrace::serve::http
