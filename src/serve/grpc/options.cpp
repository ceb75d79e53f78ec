#include "serve/grpc/options.h"

#include <algorithm>
#include <climits>

namespace headrace::serve {
namespace {

constexpr int kKeepaliveMs = 30'000;  // after so long without a byte a client is asked whether it is there ...
constexpr int kKeepaliveTimeoutMs =
    10'000;  // ... and after so long without an answer it is taken for gone, and its requests cancelled
constexpr int kShortestPingMs = 5'000;  // clients may ask in their turn, but not more often

template <typename T>
int as_int(T value) {
  return static_cast<int>(std::clamp<int64_t>(static_cast<int64_t>(value), 0, INT_MAX));
}

}  // namespace

void set_limits(const Limits& limits, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(as_int(std::min<size_t>(limits.max_body_bytes, INT_MAX)));
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);  // see inflate.h
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, as_int(limits.max_header_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             limits.max_connections);  // calls of one connection; more wait in the client
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, as_int(limits.idle_timeout_ms));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, as_int(limits.header_timeout_ms));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kShortestPingMs);
  // Otherwise a second server would share the port, and take every other connection, instead of being told that it is in use.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace headrace::serve
