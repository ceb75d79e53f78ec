#include "serve/http/response.h"

#include "serve/json_text.h"

namespace headrace::serve::http {

size_t Response::content_length() const {
  size_t length = text().size();
  for (const Tensor& tensor : tail) length += tensor.byte_size();
  return length;
}

std::string Response::head(bool http_1_1) const {
  std::string head;
  head.reserve(256);
  head.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason_of(status));
  head.append("\r\nContent-Type: ").append(content_type);
  head.append("\r\nContent-Length: ").append(std::to_string(content_length()));
  for (const auto& [name, value] : fields) head.append("\r\n").append(name).append(": ").append(value);
  if (close) head += "\r\nConnection: close";
  else if (!http_1_1) head += "\r\nConnection: keep-alive";
  head += "\r\n\r\n";
  return head;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidModel:
    case ErrorCode::kInvalidData:
    case ErrorCode::kUnsupported: return 400;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kOverloaded: return 429;
    case ErrorCode::kCancelled: return 499;
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kDeadlineExceeded: return 504;
    case ErrorCode::kIo:
    case ErrorCode::kInternal: return 500;
  }
  return 500;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Internal Server Error";
  }
}

Response error_response(int status, std::string message, int64_t retry_after_s) {
  Response response;
  response.status = status;
  response.body = "{\"error\":";
  append_json_string(message, response.body);
  response.body += '}';
  response.error = std::move(message);
  response.abandon = status == 499;
  if (status == 429 || status == 503 || status == 504) response.fields.emplace_back("Retry-After", std::to_string(retry_after_s));
  if (status == 401) response.fields.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response error_response(const Error& error, int64_t retry_after_s) {
  return error_response(status_of(error.code), error.describe(), retry_after_s);
}

Response refusal_response(const Refusal& refusal) {
  Response response = error_response(refusal.status, refusal.message);
  if (!refusal.allow.empty()) response.fields.emplace_back("Allow", refusal.allow);
  return response;
}

}  // namespace headrace::serve::http
