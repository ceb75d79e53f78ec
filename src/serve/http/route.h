// Which operation a method and target name: the table of all that this server answers.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "serve/authorize.h"
#include "serve/http/refusal.h"

namespace headrace::serve::http {

enum class Endpoint {
  kServerMetadata,
  kLive,
  kReady,
  kModelMetadata,
  kModelReady,
  kInfer,
  kPicture,
  kModelConfig,
  kModelStatistics,
  kAllStatistics,
  kIndex,
  kLoad,
  kUnload,
  kMetrics,
  kDashboard,
  kOpenApi,
};

struct Route {
  Endpoint endpoint = Endpoint::kServerMetadata;
  std::string model, version, query;
};

// Refused: 404 for a path that names nothing, 400 for a name that is none, 405 for a method that the path does not have.
std::variant<Route, Refusal> route(std::string_view method, std::string_view target);

Scope scope_of(Endpoint endpoint);
// Whether the operation means nothing without a body.
bool needs_body(Endpoint endpoint);

}  // namespace headrace::serve::http
