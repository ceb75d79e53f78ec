// Inflates what clients send compressed, within a bound: a thousandth of the bytes it becomes is all a bomb takes on the wire.
// Where the plain bytes go, and who gives leave for their memory, differs from one front end to the other.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace headrace::serve {

struct InflateSink {
  // Memory for the next bytes, `most` of them or fewer; empty: there is none left.
  std::function<std::span<std::byte>(size_t most)> room;
  // So many bytes of it have been filled. False: they may not stay.
  std::function<bool(size_t bytes)> commit;
};

struct Inflated {
  enum class End { kWhole, kDamaged, kTooLarge, kRefusedBySink, kNoMemory };
  End end;
  std::string why;  // of kDamaged
};

// zlib's window bits: the largest window, and which header is expected.
inline constexpr int kZlibForm = 15, kGzipForm = 15 + 16, kGzipOrZlibForm = 15 + 32;

// Inflates one stream that comes in pieces, each of less than 4 GB. Damaged: also what ends too early, and what has something
// behind its end. At most one byte more than `max_bytes` is asked for in room().
Inflated inflate_within(std::span<const std::span<const std::byte>> pieces, int form, size_t max_bytes, const InflateSink& sink);

}  // namespace headrace::serve
