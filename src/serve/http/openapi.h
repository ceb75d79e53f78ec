// The description of this interface that `GET /openapi.json` gives: OpenAPI 3.0, embedded.
#pragma once

#include <string_view>

namespace headrace::serve {

std::string_view openapi_document();

}  // namespace headrace::serve
