#include "load/session.h"

#include "base/cpu.h"
#include "base/printable.h"

namespace headrace::load {
namespace {

Result<std::string> the_only_model(ServerApi& server) {
  HEADRACE_TRY(const std::vector<std::string> names, server.models());
  if (names.size() == 1) return names.front();
  if (names.empty()) return not_found("the server has no model that is ready").at(server.url().text());
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + printable(name);
  return invalid_argument("the server has several models: choose one with --model: " + list);
}

}  // namespace

Result<LoadSession> LoadSession::open(const LoadOptions& options, const Progress& progress) {
  HEADRACE_TRY(const Url url, parse_url(options.url));
  HEADRACE_TRY(ServerApi server, ServerApi::at(url, options.headers, &progress));
  HEADRACE_TRY(ServerInfo info, server.server());
  std::string name = options.model;
  if (name.empty()) {
    HEADRACE_TRY(name, the_only_model(server));
  }
  HEADRACE_TRY(ModelInfo model, server.model(name, options.version));
  return LoadSession(options, progress, std::move(server), std::move(info), std::move(model));
}

// The requests that clients will send in turn.
Status LoadSession::prepare(int64_t batch) {
  if (target_ && batch_ == batch) return Ok{};
  InputOptions how = options_->inputs;
  how.batch = batch;
  how.seed = options_->seed;
  HEADRACE_TRY(Inputs inputs, make_inputs(model_, how));
  auto target = std::make_unique<Target>();
  const InferOptions infer{options_->version, info_.binary_tensors && !options_->json_tensors, options_->deadline_ms * 1000};
  for (Request& tensors : inputs.requests) {
    HEADRACE_TRY(InferRequest request, make_infer_request(server_, model_, std::move(tensors), infer));
    target->requests.push_back(std::move(request));
  }
  promise_ = std::make_unique<Promise>(model_.signature.outputs, inputs.batched ? inputs.rows : 0, target->requests.size(),
                                       options_->check_bits);
  target->endpoint = server_.endpoint();
  target->promise = promise_.get();
  target->rows = inputs.rows;
  target->timeout = std::chrono::milliseconds(options_->timeout_ms);
  target->back_off = options_->back_off;
  target->progress = progress_;
  target_ = std::move(target);
  batch_ = batch;
  return try_one();
}

// A request that the server refuses for what it says would fail a million times: its words are the error. A full queue and the
// like may pass: those are counted.
Status LoadSession::try_one() const {
  Connection connection(target_->endpoint);
  const Patience patience{Clock::now() + target_->timeout, progress_};
  Reply reply;
  if (connection.open(patience) || connection.exchange(target_->requests.front().message, reply, patience))
    return progress_->check();
  if (reply.status < 400 || reply.status >= 500 || reply.status == 408 || reply.status == 429) return Ok{};
  return invalid_data("the server refuses the first request with " + std::to_string(reply.status) + ": " +
                      error_text({reply.body.data(), reply.body.size()}))
      .at(server_.url().text());
}

Result<LevelResult> LoadSession::measure(const Level& level, const Duration& duration) {
  HEADRACE_CHECK(prepare(level.batch));
  const LevelOptions how{duration,           options_->arrivals, options_->seed,   options_->max_connections,
                         options_->bound_ms, model_.name,        options_->version};
  return measure_level(server_, *target_, level, how, *progress_);
}

LoadReport LoadSession::report() const {
  LoadReport report;
  report.url = server_.url().text();
  report.server_name = info_.name;
  report.server_version = info_.version;
  report.model = model_.name;
  report.model_version = options_->version;
  report.platform = model_.platform;
  report.binary = info_.binary_tensors && !options_->json_tensors;
  report.cpu_name = cpu_info().name;
  return report;
}

}  // namespace headrace::load
