// The header of a request: what this server wants to know of it. Beast's parser reads the lines; what it lets through although it
// is ambiguous (and so a way to smuggle a request past a proxy) is refused here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "serve/http/refusal.h"

namespace headrace::serve::http {

struct RequestHead {
  std::string method;
  std::string target;
  bool http_1_1 = true;
  bool keep_alive = true;
  bool chunked = false;
  std::optional<uint64_t> content_length;
  // Fields; empty: not sent. One that comes twice is refused.
  std::string host, authorization, content_encoding, expect, traceparent, inference_header_length;

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// One per request.
class HeadParser {
 public:
  explicit HeadParser(size_t max_bytes);
  ~HeadParser();

  struct NeedMore {};
  struct Done {};
  // Reads what has arrived of the header; `consumed` bytes need not be given again.
  std::variant<NeedMore, Done, Refusal> read(const char* bytes, size_t count, size_t& consumed);
  RequestHead& head();  // complete after Done; method and target from the first line on

 private:
  class Fields;
  const size_t max_bytes_;
  size_t consumed_ = 0;
  std::unique_ptr<Fields> fields_;
};

}  // namespace headrace::serve::http
