#include "serve/http/request_head.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

namespace headrace::serve::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using ErrorCode = beast::error_code;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class HeadParser::Fields : public bhttp::basic_parser<true> {
 public:
  RequestHead head;
  bool has_request_line = false, has_host = false;
  std::string refused;  // why a field was; empty: Beast's own reason

 private:
  using Text = beast::string_view;

  void on_request_impl(bhttp::verb, Text method, Text target, int version, ErrorCode&) override {
    head.method = view(method);
    head.target = view(target);
    head.http_1_1 = version == 11;
    has_request_line = true;
  }

  void refuse(std::string why, ErrorCode& error) {
    refused = std::move(why);
    error = bhttp::error::bad_field;
  }

  void set(std::string& field, Text name, Text value, ErrorCode& error) {
    if (!field.empty()) return refuse("the header field " + std::string(view(name)) + " comes twice", error);
    field = view(value);
  }

  void on_field_impl(bhttp::field field, Text name, Text value, ErrorCode& error) override {
    switch (field) {
      case bhttp::field::host:
        if (has_host) return refuse("the header field Host comes twice", error);
        has_host = true;
        return;
      case bhttp::field::authorization: return set(head.authorization, name, value, error);
      case bhttp::field::content_encoding: return set(head.content_encoding, name, value, error);
      case bhttp::field::expect: return set(head.expect, name, value, error);
      case bhttp::field::transfer_encoding:
        if (!beast::iequals(value, "chunked") || !head.http_1_1)
          refuse("the only Transfer-Encoding there is here is \"chunked\", in HTTP/1.1", error);
        return;
      default: break;
    }
    if (beast::iequals(name, "Inference-Header-Content-Length")) return set(head.inference_header_length, name, value, error);
    if (beast::iequals(name, "traceparent")) return set(head.traceparent, name, value, error);
  }

  void on_header_impl(ErrorCode& error) override {
    if (head.http_1_1 && !has_host) refuse("an HTTP/1.1 request names its Host", error);
  }

  // Bodies are read elsewhere.
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
  size_t on_body_impl(Text body, ErrorCode&) override { return body.size(); }
  void on_chunk_header_impl(uint64_t, Text, ErrorCode&) override {}
  size_t on_chunk_body_impl(uint64_t, Text body, ErrorCode&) override { return body.size(); }
  void on_finish_impl(ErrorCode&) override {}
};

HeadParser::HeadParser(size_t max_bytes) : max_bytes_(max_bytes), fields_(std::make_unique<Fields>()) {
  fields_->header_limit(static_cast<uint32_t>(std::min<size_t>(max_bytes, UINT32_MAX)));
  fields_->body_limit(UINT64_MAX);  // judged by whoever reads the body
}

HeadParser::~HeadParser() = default;
RequestHead& HeadParser::head() { return fields_->head; }

std::variant<HeadParser::NeedMore, HeadParser::Done, Refusal> HeadParser::read(const char* bytes, size_t count,
                                                                               size_t& consumed) {
  ErrorCode error;
  consumed = fields_->put({bytes, count}, error);
  consumed_ += consumed;
  // Beast bounds what it has not consumed yet; lines that come one by one would pass it.
  if (consumed_ > max_bytes_) error = bhttp::error::header_limit;
  if (error == bhttp::error::need_more) return NeedMore{};
  if (error == bhttp::error::header_limit) {
    if (!fields_->has_request_line) return Refusal{414, "the request's target is too long", {}};
    return Refusal{431, "the request's header is larger than this server takes", {}};
  }
  if (error)
    return Refusal{
        400, fields_->refused.empty() ? "the request's header is malformed: " + error.message() : fields_->refused, {}};
  RequestHead& head = fields_->head;
  head.keep_alive = fields_->keep_alive();
  head.chunked = fields_->chunked();
  if (const auto length = fields_->content_length()) head.content_length = *length;
  return Done{};
}

}  // namespace headrace::serve::http
