#include "load/server_api.h"

#include "base/printable.h"

namespace headrace::load {
namespace {

constexpr std::chrono::seconds kPatience{10};  // with answers that need no inference

std::string_view text_of(const Reply& reply) { return {reply.body.data(), reply.body.size()}; }

Error error_of(const Fault& fault, const Url& url) {
  switch (fault.kind) {
    case FaultKind::kRefused:
      return unavailable("nothing listens there (" + fault.message + "); start the server, or give another URL").at(url.text());
    case FaultKind::kTimeout: return unavailable("no answer within 10 seconds").at(url.text());
    case FaultKind::kStopped: return cancelled();
    default: return unavailable(fault.message + "; is this an HTTP server?").at(url.text());
  }
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

std::string refusal(const Reply& reply) {
  const std::string hint =
      reply.status == 401 || reply.status == 403 ? " (give the token with --header 'Authorization: Bearer ...')" : "";
  return "the server answers " + std::to_string(reply.status) + ": " + error_text(text_of(reply)) + hint;
}

}  // namespace

Result<ServerApi> ServerApi::at(const Url& url, std::vector<std::string> headers, const Progress* progress) {
  HEADRACE_TRY(const Endpoint endpoint, resolve(url));
  return ServerApi(url, std::move(headers), endpoint, progress);
}

std::string ServerApi::model_path(const std::string& model, const std::string& version) {
  const std::string path = "/v2/models/" + escape_segment(model);
  return version.empty() ? path : path + "/versions/" + escape_segment(version);
}

Result<Reply> ServerApi::call(std::string_view method, const std::string& path, std::string_view body) {
  std::vector<std::string> headers = headers_;
  if (!body.empty()) headers.emplace_back("Content-Type: application/json");
  const Message message{request_head(url_, method, path, headers, body.size()) + std::string(body)};
  const Patience patience{Clock::now() + kPatience, progress_};
  Reply reply;
  if (const auto fault = connection_.open(patience)) return error_of(*fault, url_);
  if (const auto fault = connection_.exchange(message, reply, patience)) return error_of(*fault, url_);
  return reply;
}

Result<Reply> ServerApi::get(const std::string& path) { return call("GET", path, {}); }

Result<ServerInfo> ServerApi::server() {
  HEADRACE_TRY(const Reply reply, get("/v2"));
  if (reply.status != 200)
    return invalid_data(refusal(reply) + " at /v2: no server of the Open Inference Protocol?").at(url_.text());
  auto info = parse_server(text_of(reply));
  if (!info.ok()) return std::move(info).error().at(url_.text() + "/v2");
  return info;
}

Result<std::vector<std::string>> ServerApi::models() {
  HEADRACE_TRY(const Reply reply, call("POST", "/v2/repository/index", "{}"));
  auto names = reply.status == 200 ? parse_index(text_of(reply)) : Result<std::vector<std::string>>(invalid_data(""));
  if (!names.ok()) return unsupported("the server does not list its models: name one with --model").at(url_.text());
  return names;
}

Error ServerApi::unknown_model(const std::string& name, const Reply& reply) {
  const std::string said = error_text(text_of(reply));  // before the next call takes the reply's bytes
  const auto names = models();
  std::string message = "no such model: " + printable(name);
  if (!names.ok()) message += " (" + said + ")";
  else message += names->empty() ? "; the server has none that is ready" : "; the server has: " + listed(*names);
  return not_found(std::move(message)).at(url_.text());
}

Result<ModelInfo> ServerApi::model(const std::string& name, const std::string& version) {
  const std::string path = model_path(name, version);
  HEADRACE_TRY(const Reply reply, get(path));
  if (reply.status == 404 || reply.status == 400) return unknown_model(name, reply);
  if (reply.status != 200) return unavailable(refusal(reply)).at(url_.text() + path);
  auto model = parse_model(text_of(reply));
  if (!model.ok()) return std::move(model).error().at(url_.text() + path);
  model->name = name;  // as it was asked for
  model->max_batch_size = max_batch_size(path);
  return model;
}

int64_t ServerApi::max_batch_size(const std::string& path) {
  const auto reply = get(path + "/config");
  return reply.ok() && reply->status == 200 ? parse_max_batch_size(text_of(*reply)) : 0;
}

std::optional<ServerTimes> ServerApi::times(const std::string& model, const std::string& version) {
  const auto reply = get(model_path(model, version) + "/stats");
  if (!reply.ok() || reply->status != 200) return std::nullopt;
  return parse_times(text_of(*reply));
}

std::optional<uint64_t> ServerApi::resident_bytes() {
  const auto reply = get("/metrics");
  if (!reply.ok() || reply->status != 200) return std::nullopt;
  return parse_resident_bytes(text_of(*reply));
}

}  // namespace headrace::load
