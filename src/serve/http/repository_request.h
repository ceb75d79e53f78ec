// The small JSON bodies of the model repository extension.
#pragma once

#include <span>

#include "base/error.h"
#include "deploy/serve_options.h"

namespace headrace::serve::http {

// {"ready": true} of `POST /v2/repository/index`; false without a body.
Result<bool> ready_only_of(std::span<const std::byte> body, size_t readable, const Limits& limits);

// The body of load and unload: none, or an object. Refused: a configuration or files for the model, which only its bundle brings.
Status check_control_body(std::span<const std::byte> body, size_t readable, const Limits& limits);

}  // namespace headrace::serve::http
