#include "serve/http/handler.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "serve/contained.h"
#include "serve/dashboard/dashboard.h"
#include "serve/http/infer_request.h"
#include "serve/http/infer_response.h"
#include "serve/http/metadata_json.h"
#include "serve/http/openapi.h"
#include "serve/http/repository_request.h"
#include "serve/http/target.h"
#include "serve/json_text.h"

namespace headrace::serve::http {
namespace {

constexpr size_t kWaitingPictures = 64;
constexpr size_t kWaitingControls = 16;
constexpr size_t kMostClasses = 1000;
constexpr size_t kUsualClasses = 5;

Response json_response(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

template <typename T, typename F>
Response json_or_error(const Result<T>& result, F&& to_json) {
  return result ? json_response(to_json(*result)) : error_response(result.error());
}

Response page_response(std::string_view page, std::string_view type) {
  Response response;
  response.page = page;
  response.content_type = type;
  return response;
}

Response dashboard_response() {
  Response response = page_response(dashboard_page(), "text/html; charset=utf-8");
  response.fields.emplace_back("Content-Security-Policy", dashboard_policy());
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

Response live_response(bool live) {
  Response response = json_response(live ? R"({"live":true})" : R"({"live":false})");
  if (!live) response.status = 503;
  return response;
}

Response ready_response(bool ready) {
  Response response = json_response(ready ? R"({"ready":true})" : R"({"ready":false})");
  if (!ready) response.status = 503;
  return response;
}

Error busy(const char* what) { return overloaded(std::string("too many ") + what + " are waiting already: try again later"); }

Result<ParsedRequest> parse(const Service& service, const Limits& limits, const Request& request) {
  HEADRACE_TRY(const std::optional<size_t> json_length,
               json_length_of(request.head.inference_header_length, request.bytes().size()));
  std::shared_ptr<const BodyBuffer> body = request.body;
  if (!body) return invalid_argument("the request has no body");
  if (json_length != size_t{0}) return parse_infer(std::move(body), json_length, limits);
  HEADRACE_TRY(const ModelMetadata model, service.model_metadata(request.route.model, request.route.version));
  return parse_raw_infer(std::move(body), model.signature);
}

Result<size_t> classes_wanted(std::string_view query) {
  const std::optional<std::string_view> value = query_value(query, "top");
  if (!value) return kUsualClasses;
  size_t count = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), count);
  if (error != std::errc() || end != value->data() + value->size() || count < 1 || count > kMostClasses)
    return invalid_argument("\"top\" is a number of classes from 1 to " + std::to_string(kMostClasses));
  return count;
}

void complete(InferenceRequest& inference, const Request& request) {
  // A timeout in the body counts from the request's arrival, not from when it was read.
  if (inference.deadline) *inference.deadline += request.arrived - inference.arrived;
  inference.model = request.route.model;
  inference.version = request.route.version;
  inference.arrived = request.arrived;
  inference.traceparent = request.head.traceparent;
  inference.cancellation = request.cancellation;
}

// A refused request is told when the queue that stands now will be gone.
Response inference_error(const Service& service, const std::string& model, const std::string& version, const Error& error) {
  int64_t seconds = 1;
  if (error.code == ErrorCode::kOverloaded || error.code == ErrorCode::kDeadlineExceeded) {
    const Result<std::vector<ModelStatistics>> statistics = service.statistics(model, version);
    for (const ModelStatistics& one : statistics ? *statistics : std::vector<ModelStatistics>())
      seconds = std::max(seconds, static_cast<int64_t>((one.retry_after_ms + 999) / 1000));
  }
  return error_response(error, seconds);
}

void reply_error(const Reply& reply, Error error) {
  reply([error = std::move(error)] { return error_response(error); });
}

// A task for another thread, which answers by itself unless it throws.
template <typename Task>
std::function<void()> guarded(Reply reply, Task task) {
  return [reply = std::move(reply), task = std::move(task)] {
    if (const Status status = contained(task); !status) reply_error(reply, status.error());
  };
}

}  // namespace

Handler::Handler(Service& service, const ServerOptions& options)
    : service_(service),
      limits_(options.limits),
      control_threads_(1, kWaitingControls),
      picture_threads_(std::max(1, options.http_threads), kWaitingPictures) {}

void Handler::stop() {
  control_threads_.stop();
  picture_threads_.stop();
}

void Handler::handle(const Request& request, Reply reply) {
  switch (request.route.endpoint) {
    case Endpoint::kInfer: return infer(request, std::move(reply));
    case Endpoint::kPicture: return picture(request, std::move(reply));
    case Endpoint::kLoad:
    case Endpoint::kUnload: return control(request, std::move(reply));
    default: reply([&] { return answer_at_once(request); });
  }
}

Response Handler::answer_at_once(const Request& request) const {
  const Route& route = request.route;
  switch (route.endpoint) {
    case Endpoint::kServerMetadata: return json_response(metadata_json(service_.metadata()));
    case Endpoint::kLive: return live_response(service_.live());
    case Endpoint::kReady: return ready_response(service_.ready());
    case Endpoint::kModelReady: return model_ready(route);
    case Endpoint::kModelMetadata:
      return json_or_error(service_.model_metadata(route.model, route.version),
                           [](const auto& model) { return metadata_json(model); });
    case Endpoint::kModelConfig: return json_or_error(service_.model_config(route.model, route.version), config_json);
    case Endpoint::kModelStatistics:
    case Endpoint::kAllStatistics: return json_or_error(service_.statistics(route.model, route.version), statistics_json);
    case Endpoint::kIndex: return index(request);
    case Endpoint::kMetrics: {
      Response response = json_response(service_.metrics());
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      return response;
    }
    case Endpoint::kDashboard: return dashboard_response();
    case Endpoint::kOpenApi: return page_response(openapi_document(), "application/json");
    default: return error_response(internal_error("an operation has no handler"));
  }
}

Response Handler::model_ready(const Route& route) const {
  const Status status = service_.model_ready(route.model, route.version);
  if (!status) return error_response(status.error());
  std::string body = "{\"name\":";
  append_json_string(route.model, body);
  return json_response(std::move(body) + ",\"ready\":true}");
}

Response Handler::index(const Request& request) const {
  const Result<bool> ready_only = ready_only_of(request.bytes(), request.body ? request.body->readable() : 0, limits_);
  if (!ready_only) return error_response(ready_only.error());
  return json_response(index_json(service_.index(*ready_only)));
}

void Handler::infer(const Request& request, Reply reply) {
  Result<ParsedRequest> parsed = parse(service_, limits_, request);
  if (!parsed) return reply_error(reply, std::move(parsed).error());
  complete(parsed->request, request);
  service_.infer(std::move(parsed->request),
                 [reply = std::move(reply), format = std::move(parsed->format), &service = service_, model = request.route.model,
                  version = request.route.version](Result<InferenceResponse> result) mutable {
                   if (!result)
                     return reply([answer = inference_error(service, model, version, result.error())] { return answer; });
                   reply([result = std::move(result), format = std::move(format)]() mutable {
                     return infer_response(*std::move(result), format);
                   });
                 });
}

void Handler::picture(const Request& request, Reply reply) {
  const Result<size_t> count = classes_wanted(request.route.query);
  if (!count) return reply_error(reply, count.error());
  const auto task = [this, request, reply, count = *count] {
    Result<InferenceRequest> inference = service_.picture_request(request.route.model, request.route.version, request.bytes());
    if (!inference) return reply_error(reply, std::move(inference).error());
    Result<std::vector<std::string>> labels = service_.labels(request.route.model, request.route.version);
    if (!labels) return reply_error(reply, std::move(labels).error());
    complete(*inference, request);
    service_.infer(*std::move(inference),
                   [reply, count, labels = *std::move(labels), &service = service_, model = request.route.model,
                    version = request.route.version](Result<InferenceResponse> result) mutable {
                     if (!result)
                       return reply([answer = inference_error(service, model, version, result.error())] { return answer; });
                     reply([result = std::move(result), count, labels = std::move(labels)]() mutable {
                       return picture_response(*std::move(result), count, labels);
                     });
                   });
  };
  if (!picture_threads_.run(guarded(reply, task))) reply_error(reply, busy("pictures"));
}

void Handler::control(const Request& request, Reply reply) {
  const bool load = request.route.endpoint == Endpoint::kLoad;
  const Status allowed = check_control_body(request.bytes(), request.body ? request.body->readable() : 0, limits_);
  if (!allowed) return reply_error(reply, allowed.error());
  const auto task = [this, load, model = request.route.model, reply] {
    const Status status = load ? service_.load(model) : service_.unload(model);
    reply([status] {
      if (status) return json_response("{}");
      const bool forbidden = status.error().code == ErrorCode::kUnsupported;
      return forbidden ? error_response(403, status.error().describe()) : error_response(status.error());
    });
  };
  if (!control_threads_.run(guarded(reply, task))) reply_error(reply, busy("loads and unloads"));
}

}  // namespace headrace::serve::http
