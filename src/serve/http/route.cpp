#include "serve/http/route.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/printable.h"
#include "serve/http/target.h"

namespace headrace::serve::http {
namespace {

// `*` stands for a name. The first row that fits wins: "/v2/models/stats" is not the model "stats".
struct Row {
  std::string_view path;
  bool post;  // else GET (and HEAD)
  Endpoint endpoint;
};
constexpr Row kRows[] = {
    {"/", false, Endpoint::kDashboard},
    {"/metrics", false, Endpoint::kMetrics},
    {"/openapi.json", false, Endpoint::kOpenApi},
    {"/v2", false, Endpoint::kServerMetadata},
    {"/v2/health/live", false, Endpoint::kLive},
    {"/v2/health/ready", false, Endpoint::kReady},
    {"/v2/models/stats", false, Endpoint::kAllStatistics},
    {"/v2/models/*", false, Endpoint::kModelMetadata},
    {"/v2/models/*/ready", false, Endpoint::kModelReady},
    {"/v2/models/*/config", false, Endpoint::kModelConfig},
    {"/v2/models/*/stats", false, Endpoint::kModelStatistics},
    {"/v2/models/*/infer", true, Endpoint::kInfer},
    {"/v2/models/*/picture", true, Endpoint::kPicture},
    {"/v2/models/*/versions/*", false, Endpoint::kModelMetadata},
    {"/v2/models/*/versions/*/ready", false, Endpoint::kModelReady},
    {"/v2/models/*/versions/*/config", false, Endpoint::kModelConfig},
    {"/v2/models/*/versions/*/stats", false, Endpoint::kModelStatistics},
    {"/v2/models/*/versions/*/infer", true, Endpoint::kInfer},
    {"/v2/models/*/versions/*/picture", true, Endpoint::kPicture},
    {"/v2/repository/index", true, Endpoint::kIndex},
    {"/v2/repository/models/*/load", true, Endpoint::kLoad},
    {"/v2/repository/models/*/unload", true, Endpoint::kUnload},
};

using Segments = std::vector<std::string_view>;

// The segments of `path` that stand where the row has a `*`; nullopt where they differ elsewhere.
std::optional<Segments> match(std::string_view row, std::string_view path) {
  Segments names;
  while (!row.empty() && !path.empty()) {
    if (row.front() != '*') {
      if (row.front() != path.front()) return std::nullopt;
      row.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    names.push_back(path.substr(0, path.find('/')));
    if (names.back().empty()) return std::nullopt;
    path.remove_prefix(names.back().size());
    row.remove_prefix(1);
  }
  if (!row.empty() || !path.empty()) return std::nullopt;
  return names;
}

// What a proxy may put before the path (RFC 9112, section 3.2.2).
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (target.starts_with(scheme)) {
      target.remove_prefix(scheme.size());
      const size_t path = target.find('/');
      return path == std::string_view::npos ? "/" : target.substr(path);
    }
  return target;
}

std::variant<Route, Refusal> route_of(const Row& row, const Segments& names, std::string_view query) {
  Route route{row.endpoint, {}, {}, std::string(query)};
  std::string* const places[] = {&route.model, &route.version};
  for (size_t i = 0; i < names.size(); ++i) {
    Result<std::string> name = name_of_segment(names[i]);
    if (!name) return Refusal{400, name.error().message, {}};
    *places[i] = *std::move(name);
  }
  return route;
}

}  // namespace

std::variant<Route, Refusal> route(std::string_view method, std::string_view target) {
  target = without_authority(target);
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(std::min(path.size() + 1, target.size()));
  for (const Row& row : kRows) {
    const std::optional<Segments> names = match(row.path, path);
    if (!names) continue;
    const bool fits = row.post ? method == "POST" : method == "GET" || method == "HEAD";
    if (fits) return route_of(row, *names, query);
    return Refusal{405, printable(method, 20) + " is no method of " + printable(path), row.post ? "POST" : "GET, HEAD"};
  }
  return Refusal{404, "there is nothing at " + printable(path), {}};
}

Scope scope_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kLive:
    case Endpoint::kReady:
    case Endpoint::kModelReady:  // the protocol's third health question: probes of Kubernetes carry no token
    case Endpoint::kDashboard:   // a page without figures: a browser cannot send a token when it opens one
    case Endpoint::kOpenApi: return Scope::kOpen;
    case Endpoint::kModelStatistics:
    case Endpoint::kAllStatistics:
    case Endpoint::kLoad:
    case Endpoint::kUnload:
    case Endpoint::kMetrics: return Scope::kControl;
    case Endpoint::kServerMetadata:
    case Endpoint::kModelMetadata:
    case Endpoint::kInfer:
    case Endpoint::kPicture:
    case Endpoint::kModelConfig:
    case Endpoint::kIndex: return Scope::kData;
  }
  return Scope::kControl;
}

bool needs_body(Endpoint endpoint) { return endpoint == Endpoint::kInfer || endpoint == Endpoint::kPicture; }

}  // namespace headrace::serve::http
