#include "serve/http/decompress.h"

#include <zlib.h>

#include <boost/beast/core/string.hpp>
#include <climits>

namespace headrace::serve::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, and the gzip format
constexpr int kZlibWindow = 15;       // "deflate" means the zlib format (RFC 9110, section 8.4.1.2)

class Inflater {
 public:
  explicit Inflater(int window) : ready_(inflateInit2(&stream_, window) == Z_OK) {}
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool ready_;
};

Refusal damaged(std::string_view why) { return {400, "the compressed body is damaged: " + std::string(why), {}}; }

}  // namespace

std::optional<Coding> coding_of(std::string_view name) {
  const boost::beast::string_view text(name.data(), name.size());
  if (name.empty() || boost::beast::iequals(text, "identity")) return Coding::kIdentity;
  if (boost::beast::iequals(text, "gzip") || boost::beast::iequals(text, "x-gzip")) return Coding::kGzip;
  if (boost::beast::iequals(text, "deflate")) return Coding::kDeflate;
  return std::nullopt;
}

std::optional<Refusal> decompress(std::span<const std::byte> packed, Coding coding, size_t max_bytes, BodyBuffer& plain) {
  Inflater inflater(coding == Coding::kGzip ? kGzipWindow : kZlibWindow);
  if (!inflater.ready()) return Refusal{503, "there is no memory to decompress the body", {}};
  if (packed.size() > UINT_MAX) return Refusal{413, "the compressed body is too large", {}};
  z_stream& stream = inflater.stream();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));  // zlib only reads there
  stream.avail_in = static_cast<uInt>(packed.size());
  while (true) {
    // One byte more than is allowed: that it is filled tells a body of exactly the bound from one beyond it.
    const std::span<std::byte> room = plain.room(max_bytes + 1 - plain.size());
    if (room.empty()) return Refusal{429, "the requests in flight take all the memory that bodies may have", {}};
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(std::min<size_t>(room.size(), UINT_MAX));
    const uInt offered = stream.avail_out;
    const int code = inflate(&stream, Z_NO_FLUSH);
    plain.commit(offered - stream.avail_out);
    if (plain.size() > max_bytes)
      return Refusal{413, "the body is larger than " + std::to_string(max_bytes) + " bytes when it is decompressed", {}};
    if (code == Z_STREAM_END) break;
    if (code != Z_OK) return damaged(code == Z_BUF_ERROR ? "it ends too early" : stream.msg ? stream.msg : "unknown data");
  }
  if (stream.avail_in != 0) return damaged("something follows its end");
  return std::nullopt;
}

}  // namespace headrace::serve::http
