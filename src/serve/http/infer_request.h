// The body of `POST .../infer` as a request: JSON, JSON with binary tensors behind it (Triton's binary tensor data extension), or
// one raw tensor alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/serve_options.h"
#include "serve/http/body_buffer.h"
#include "serve/request.h"
#include "serve/service.h"

namespace headrace::serve::http {

// How the client wants its answer.
struct OutputFormat {
  bool binary = false;                                // outputs for which nothing else is said
  std::vector<std::pair<std::string, bool>> by_name;  // name, binary
  bool binary_output(std::string_view name) const;
};

struct ParsedRequest {
  InferenceRequest request;  // without model and version
  OutputFormat format;
};

// The header field Inference-Header-Content-Length: how many bytes of the body are JSON. Errors: no number, beyond the body.
Result<std::optional<size_t>> json_length_of(std::string_view field, size_t body_bytes);

// `json_length`: nullopt: all of the body is JSON. Tensors are views into the body, and keep it alive. Errors: invalid_argument.
Result<ParsedRequest> parse_infer(std::shared_ptr<const BodyBuffer> body, std::optional<size_t> json_length,
                                  const Limits& limits);

// A body that is a tensor and nothing else: for the model's one input; its number of bytes decides the batch. A BYTES tensor gets
// the body as its one element. Errors: invalid_argument (several inputs, free extents beside the batch, bytes that are no whole
// rows).
Result<ParsedRequest> parse_raw_infer(std::shared_ptr<const BodyBuffer> body, const Signature& signature);

}  // namespace headrace::serve::http
