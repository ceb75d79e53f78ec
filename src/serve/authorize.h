// Who may call: bearer tokens for data and control.
#pragma once

#include <string_view>

#include "deploy/serve_options.h"

namespace headrace::serve {

enum class Scope { kOpen, kData, kControl };  // health; inference and metadata; load, unload, metrics, statistics, dashboard

// Whether a request with this `Authorization` header (empty: none) may do what `scope` says. Compares in constant time.
bool authorized(const Access& access, Scope scope, std::string_view authorization);

}  // namespace headrace::serve
