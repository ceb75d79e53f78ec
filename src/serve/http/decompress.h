// Request bodies that come compressed (Content-Encoding: gzip, deflate).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "serve/http/body_buffer.h"
#include "serve/http/refusal.h"

namespace headrace::serve::http {

enum class Coding { kIdentity, kGzip, kDeflate };

// nullopt: none that this server knows.
std::optional<Coding> coding_of(std::string_view content_encoding);

// Fills `plain` (empty so far) from `packed`. Refused: what is damaged, what has something behind its end, and what would become
// larger than `max_bytes`; no more memory than that is touched.
std::optional<Refusal> decompress(std::span<const std::byte> packed, Coding coding, size_t max_bytes, BodyBuffer& plain);

}  // namespace headrace::serve::http
