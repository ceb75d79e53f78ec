// An inference request as the bytes that go over the wire.
#pragma once

#include <string>

#include "load/connection.h"
#include "load/inputs.h"

namespace headrace::load {

struct InferOptions {
  std::string version{};   // of the model; empty: the server's choice
  bool binary = true;      // tensors as raw bytes behind the JSON, and asked for in that form
  int64_t timeout_us = 0;  // the parameter `timeout`: after which the server need not answer; 0: none
};

// The message looks into the tensors' memory: it lives no longer than they do.
struct InferRequest {
  Message message;
  Request tensors;               // whose bytes the message sends
  std::vector<std::string> raw;  // BYTES tensors in their raw form
};

// Errors: unsupported (a datatype that the protocol or its JSON has no form for), invalid_data (NaN in JSON).
Result<InferRequest> make_infer_request(const ServerApi& server, const ModelInfo& model, Request tensors,
                                        const InferOptions& options);

}  // namespace headrace::load
