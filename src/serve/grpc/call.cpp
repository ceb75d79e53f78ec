#include "serve/grpc/call.h"

#include <grpc/support/time.h>

#include <algorithm>

namespace headrace::serve {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int64_t kFarSeconds = int64_t{60} * 60 * 24 * 365;  // as good as no deadline, and it cannot overflow

std::string_view metadata(const grpc::ServerContextBase& context, const char* key) {
  const auto& all = context.client_metadata();
  const auto found = all.find(key);
  return found == all.end() ? std::string_view() : std::string_view(found->second.data(), found->second.size());
}

// gRPC's deadline is of a clock of its own: what is left of it counts from our clock's now.
std::optional<Clock::time_point> deadline_of(const grpc::ServerContextBase& context, Clock::time_point now) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return std::nullopt;
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  if (left.tv_sec > kFarSeconds) return std::nullopt;
  const int64_t seconds = std::max<int64_t>(left.tv_sec, -kFarSeconds);
  return now + std::chrono::nanoseconds(seconds * kNanosecondsPerSecond + left.tv_nsec);
}

// "ipv4:127.0.0.1:40312" without what stands in front of the address.
std::string peer_of(const grpc::ServerContextBase& context) {
  const std::string peer = context.peer();
  const size_t colon = peer.find(':');
  return colon == std::string::npos ? peer : peer.substr(colon + 1);
}

}  // namespace

Call call_of(const Front& front, const grpc::ServerContextBase& context, std::string_view method) {
  Call call;
  call.method = method;
  call.deadline = deadline_of(context, call.arrived);
  call.traceparent = metadata(context, "traceparent");
  if (front.log && front.log->enabled()) call.peer = peer_of(context);
  return call;
}

grpc::Status check_access(const Front& front, const grpc::ServerContextBase& context, Scope scope) {
  if (authorized(front.access, scope, metadata(context, "authorization"))) return grpc::Status::OK;
  return {grpc::StatusCode::UNAUTHENTICATED,
          "this call needs the metadata 'authorization: Bearer TOKEN' with the server's token"};
}

void log_answer(const Front& front, const Call& call, const grpc::Status& status, size_t response_bytes,
                const RequestTiming& timing) {
  if (!front.log || !front.log->enabled()) return;
  const auto seconds = [](int64_t ns) { return static_cast<double>(ns) / kNanosecondsPerSecond; };
  const std::string error = status.error_message();
  AccessEntry entry;
  entry.protocol = "grpc";
  entry.peer = call.peer;
  entry.method = call.method;
  entry.model = call.model;
  entry.version = call.version;
  entry.request_id = call.id;
  entry.traceparent = call.traceparent;
  entry.status = static_cast<int>(status.error_code());
  entry.error = error;
  entry.request_bytes = call.request_bytes;
  entry.response_bytes = response_bytes;
  entry.seconds = std::chrono::duration<double>(Clock::now() - call.arrived).count();
  entry.queue_seconds = seconds(timing.queue_ns);
  entry.compute_seconds = seconds(timing.compute_input_ns + timing.compute_infer_ns + timing.compute_output_ns);
  front.log->write(entry);
}

}  // namespace headrace::serve
