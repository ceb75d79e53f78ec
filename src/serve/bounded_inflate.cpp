#include "serve/bounded_inflate.h"

#include <zlib.h>

#include <algorithm>
#include <climits>
#include <memory>

namespace headrace::serve {

Inflated inflate_within(std::span<const std::span<const std::byte>> pieces, int form, size_t max_bytes, const InflateSink& sink) {
  using End = Inflated::End;
  z_stream stream{};
  if (inflateInit2(&stream, form) != Z_OK) return {End::kNoMemory, {}};
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ends(&stream, &inflateEnd);
  size_t size = 0;
  int code = Z_OK;
  for (const std::span<const std::byte> piece : pieces) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));  // zlib only reads there
    stream.avail_in = static_cast<uInt>(piece.size());
    // Full room may hide more output, so a piece is done only with room that is not full.
    bool full = false;
    while (code != Z_STREAM_END && (stream.avail_in != 0 || full)) {
      // One byte more than is allowed: that it is filled tells a stream of exactly the bound from one beyond it.
      const std::span<std::byte> room = sink.room(max_bytes + 1 - size);
      if (room.empty()) return {End::kRefusedBySink, {}};
      const auto offered = static_cast<uInt>(std::min<size_t>(room.size(), UINT_MAX));
      stream.next_out = reinterpret_cast<Bytef*>(room.data());
      stream.avail_out = offered;
      code = inflate(&stream, Z_NO_FLUSH);
      const size_t made = offered - stream.avail_out;
      size += made;
      if (size > max_bytes) return {End::kTooLarge, {}};
      if (!sink.commit(made)) return {End::kRefusedBySink, {}};
      // Z_BUF_ERROR: there was nothing more behind the full room.
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return {End::kDamaged, stream.msg ? stream.msg : "unknown data"};
      full = stream.avail_out == 0;
    }
    if (stream.avail_in != 0) return {End::kDamaged, "something follows its end"};
  }
  if (code != Z_STREAM_END) return {End::kDamaged, "it ends too early"};
  return {End::kWhole, {}};
}

}  // namespace headrace::serve
