// An answer on its way to a client: what is sent, and what the access log wants to know of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "serve/http/refusal.h"
#include "serve/request.h"

namespace headrace::serve::http {

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";            // text that lives on
  std::vector<std::pair<std::string_view, std::string>> fields;  // further header fields
  std::string body;
  std::string_view page;     // instead of body: text that lives on
  std::vector<Tensor> tail;  // behind the body, bytes as they are: tensors are sent from where they lie
  bool close = false;        // the connection, behind the answer
  bool abandon = false;      // nobody waits for the answer: closed without one

  std::string model, version, id, error;  // for the log
  RequestTiming timing;

  std::string_view text() const { return page.empty() ? std::string_view(body) : page; }
  size_t content_length() const;
  // Status line, header fields and the empty line behind them.
  std::string head(bool http_1_1) const;
};

int status_of(ErrorCode code);
std::string_view reason_of(int status);

// {"error": "..."} with what belongs to the status. `retry_after_s`: what a client is told to wait where trying again may help.
Response error_response(int status, std::string message, int64_t retry_after_s = 1);
Response error_response(const Error& error, int64_t retry_after_s = 1);
Response refusal_response(const Refusal& refusal);

}  // namespace headrace::serve::http
