// The answer to `POST .../infer`: outputs in JSON, or as bytes behind it.
#pragma once

#include "serve/http/infer_request.h"
#include "serve/http/response.h"
#include "serve/request.h"

namespace headrace::serve::http {

Response infer_response(InferenceResponse&& inference, const OutputFormat& format);

// The same for pictures: the `count` classes with the highest scores. Errors are answers too: 400 where no output looks like the
// scores of classes.
Response picture_response(InferenceResponse&& inference, size_t count, std::span<const std::string> labels);

}  // namespace headrace::serve::http
