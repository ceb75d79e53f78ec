// Answers to inference requests, as bytes: the tensors' own are referred to, not copied.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "serve/request.h"

namespace headrace::serve {

// A ModelInferResponse; every output is raw. An output whose type the protocol has no name for is an internal error.
Result<grpc::ByteBuffer> encode_response(const InferenceResponse& response);

// The same within a ModelStreamInferResponse, marked as the last to its request, as Triton marks it (triton_final_response).
Result<grpc::ByteBuffer> encode_stream_response(const InferenceResponse& response);
// A ModelStreamInferResponse that says why the request with this id has no answer.
grpc::ByteBuffer encode_stream_error(const std::string& model, const std::string& id, const Error& error);

}  // namespace headrace::serve
