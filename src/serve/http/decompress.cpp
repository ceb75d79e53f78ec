#include "serve/http/decompress.h"

#include <boost/beast/core/string.hpp>
#include <climits>

#include "serve/bounded_inflate.h"

namespace headrace::serve::http {

std::optional<Coding> coding_of(std::string_view name) {
  const boost::beast::string_view text(name.data(), name.size());
  if (name.empty() || boost::beast::iequals(text, "identity")) return Coding::kIdentity;
  if (boost::beast::iequals(text, "gzip") || boost::beast::iequals(text, "x-gzip")) return Coding::kGzip;
  if (boost::beast::iequals(text, "deflate")) return Coding::kDeflate;
  return std::nullopt;
}

std::optional<Refusal> decompress(std::span<const std::byte> packed, Coding coding, size_t max_bytes, BodyBuffer& plain) {
  if (packed.size() > UINT_MAX) return Refusal{413, "the compressed body is too large", {}};
  const int form = coding == Coding::kGzip ? kGzipForm : kZlibForm;  // "deflate" means zlib's (RFC 9110, section 8.4.1.2)
  const auto room = [&](size_t most) { return plain.room(most); };
  const auto commit = [&](size_t bytes) {
    plain.commit(bytes);
    return true;
  };
  const Inflated inflated = inflate_within(std::span(&packed, 1), form, max_bytes, {room, commit});
  switch (inflated.end) {
    case Inflated::End::kWhole: return std::nullopt;
    case Inflated::End::kTooLarge:
      return Refusal{413, "the body is larger than " + std::to_string(max_bytes) + " bytes when it is decompressed", {}};
    case Inflated::End::kRefusedBySink:
      return Refusal{429, "the requests in flight take all the memory that bodies may have", {}};
    case Inflated::End::kNoMemory: return Refusal{503, "there is no memory to decompress the body", {}};
    case Inflated::End::kDamaged: break;
  }
  return Refusal{400, "the compressed body is damaged: " + inflated.why, {}};
}

}  // namespace headrace::serve::http
