// A ModelInferRequest as the service takes it.
#pragma once

#include <memory>

#include "deploy/serve_options.h"
#include "inference.pb.h"
#include "serve/request.h"

namespace headrace::serve {

// Raw tensors are wrapped: they share ownership of the message. Of the parameters, `timeout` (microseconds from `arrived` on) and
// `priority` are understood; unknown ones are ignored, as the protocol asks. Errors, naming the input: invalid_argument;
// unsupported (shared memory, classification).
Result<InferenceRequest> decode_request(std::shared_ptr<const inference::ModelInferRequest> message, Clock::time_point arrived,
                                        const Limits& limits);

}  // namespace headrace::serve
