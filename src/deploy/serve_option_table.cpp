#include "deploy/serve_option_table.h"

#include "deploy/option_makers.h"

namespace headrace {
namespace {

using namespace option_makers;  // NOLINT(google-build-using-namespace): made for these files

constexpr int64_t kYearMs = int64_t{365} * 24 * 3600 * 1000;
constexpr int64_t kTebibyte = int64_t{1} << 40;

// A bundle's file names only what differs from the defaults: a default that a later version improves then reaches old bundles.
std::vector<Option> only_if_set(std::vector<Option> options) {
  for (Option& option : options) option.only_if_set = true;
  return options;
}

std::vector<Option> scheduling_options() {
  return {
      integer({"serve.instances", "N", "serve", "Batches that run at once; 0: found by a short measurement (default 0)"}, 0, 1024,
              [](auto& r) -> auto& { return r.serve.instances; }),
      integer({"serve.max-batch-size", "ROWS", "serve",
               "Rows of a batch at most; 0: 8 where the model's batch is free, else the model's own (default 0)"},
              0, 65536, [](auto& r) -> auto& { return r.serve.max_batch_size; }),
      integers({"serve.preferred-batch-sizes", "LIST", "serve",
                "Batch sizes that start at once, such as 4,8 (default: any, as soon as an instance is free)"},
               1, 65536, [](auto& r) -> auto& { return r.serve.preferred_batch_sizes; }),
      integer({"serve.max-queue-delay-us", "MICROSECONDS", "serve",
               "How long a request may wait for others to fill its batch (default 0)"},
              0, 60'000'000, [](auto& r) -> auto& { return r.serve.max_queue_delay_us; }),
      integer({"serve.max-queue-size", "N", "serve",
               "Requests waiting at most, more are refused; 0: 16 full batches per instance (default 0)"},
              0, 10'000'000, [](auto& r) -> auto& { return r.serve.max_queue_size; }),
      integer({"serve.default-deadline-ms", "MS", "serve",
               "Time that a request has, queue included, where it says nothing itself; 0: any (default 0)"},
              0, kYearMs, [](auto& r) -> auto& { return r.serve.default_deadline_ms; }),
      integer({"serve.hang-seconds", "SECONDS", "serve",
               "A batch that takes longer is given up, and the model not ready (default 60)"},
              1, 86400, [](auto& r) -> auto& { return r.serve.hang_seconds; }),
      names({"serve.versions", "LIST", "serve",
             "Versions to keep loaded, in a model folder's headrace.toml: all, or numbers (default: the newest)"},
            [](auto& r) -> auto& { return r.serve_versions; }),
  };
}

std::vector<Option> address_options() {
  return {
      text({"server.host", "ADDRESS", "serve", "Address to listen on; 0.0.0.0 for all (default 127.0.0.1)"},
           [](auto& r) -> auto& { return r.server.host; }),
      integer({"server.http-port", "PORT", "serve", "Port for HTTP; 0: any free one, -1: no HTTP (default 8000)"}, -1, 65535,
              [](auto& r) -> auto& { return r.server.http_port; }),
      integer({"server.grpc-port", "PORT", "serve", "Port for gRPC; 0: any free one, -1: no gRPC (default 8001)"}, -1, 65535,
              [](auto& r) -> auto& { return r.server.grpc_port; }),
      integer({"server.http-threads", "N", "serve", "Threads that read, parse and write HTTP (default 1)"}, 1, 64,
              [](auto& r) -> auto& { return r.server.http_threads; }),
  };
}

std::vector<Option> limit_options() {
  return {
      integer({"server.max-body-bytes", "BYTES", "serve", "Largest request, once decompressed (default 64 MiB)"}, 1024, kTebibyte,
              [](auto& r) -> auto& { return r.server.limits.max_body_bytes; }),
      integer({"server.max-body-bytes-in-flight", "BYTES", "serve", "Bodies of all requests together (default 512 MiB)"}, 1024,
              kTebibyte, [](auto& r) -> auto& { return r.server.limits.max_body_bytes_in_flight; }),
      integer({"server.max-header-bytes", "BYTES", "serve", "All header lines of a request (default 16 KiB)"}, 256, 16 << 20,
              [](auto& r) -> auto& { return r.server.limits.max_header_bytes; }),
      integer({"server.max-json-depth", "N", "serve", "Nested brackets of a request (default 32)"}, 4, 1024,
              [](auto& r) -> auto& { return r.server.limits.max_json_depth; }),
      integer({"server.max-tensors", "N", "serve", "Inputs, and outputs asked for, of a request (default 256)"}, 1, 65536,
              [](auto& r) -> auto& { return r.server.limits.max_tensors; }),
      integer({"server.max-connections", "N", "serve", "Connections open at once, per protocol (default 1024)"}, 1, 1'000'000,
              [](auto& r) -> auto& { return r.server.limits.max_connections; }),
      integer({"server.header-timeout-ms", "MS", "serve", "Time for the header of a request to arrive (default 10000)"}, 1,
              kYearMs, [](auto& r) -> auto& { return r.server.limits.header_timeout_ms; }),
      integer({"server.body-timeout-ms", "MS", "serve", "Time for the body of a request to arrive (default 60000)"}, 1, kYearMs,
              [](auto& r) -> auto& { return r.server.limits.body_timeout_ms; }),
      integer({"server.idle-timeout-ms", "MS", "serve", "Time between two requests of a connection (default 75000)"}, 1, kYearMs,
              [](auto& r) -> auto& { return r.server.limits.idle_timeout_ms; }),
  };
}

// Tokens have no option of their own: what stands on a command line, every user of the machine can read.
std::vector<Option> access_options() {
  return {
      path({"server.data-token-file", "FILE", "serve",
            "A file with the bearer token that inference asks for (or the variable HEADRACE_DATA_TOKEN)"},
           [](auto& r) -> auto& { return r.server.access.data_token_file; }),
      path({"server.control-token-file", "FILE", "serve",
            "The same for load, unload, metrics, statistics and dashboard (or HEADRACE_CONTROL_TOKEN; default: as for data)"},
           [](auto& r) -> auto& { return r.server.access.control_token_file; }),
      path({"server.tls-certificate", "FILE", "serve", "Certificate chain (PEM) to serve with TLS"},
           [](auto& r) -> auto& { return r.server.access.tls_certificate; }),
      path({"server.tls-key", "FILE", "serve", "Its private key (PEM)"},
           [](auto& r) -> auto& { return r.server.access.tls_key; }),
      on_off({"server.allow-control", "", "serve", "Let clients load and unload models"},
             [](auto& r) -> auto& { return r.server.allow_control; }),
  };
}

std::vector<Option> operation_options() {
  return {
      number({"server.poll-seconds", "SECONDS", "serve",
              "How often the repository is looked at for new versions; 0: never (default 1)"},
             0, 86400, [](auto& r) -> auto& { return r.server.poll_seconds; }),
      number({"server.drain-seconds", "SECONDS", "serve", "What SIGTERM leaves to requests in flight (default 20)"}, 0, 86400,
             [](auto& r) -> auto& { return r.server.drain_seconds; }),
      path({"server.access-log", "FILE", "serve", "One JSON line for each request; -: standard output (default: none)"},
           [](auto& r) -> auto& { return r.server.access_log; }),
      on_off({"server.triton-metrics", "", "serve", "Triton's names (nv_inference_*) beside Headrace's own in /metrics"},
             [](auto& r) -> auto& { return r.server.triton_metrics; }),
  };
}

}  // namespace

std::vector<Option> serve_options() {
  std::vector<Option> options{
      text({"serve.engine", "NAME", "run serve",
            "Engine to run on, or auto to measure anew (default: the bundle's choice, else the fastest, measured once)"},
           [](auto& r) -> auto& { return r.serve.engine; }),
      integer(
          {"serve.threads", "N", "run serve",
           "Threads per session; 0: one per CPU, in serve found by a measurement (default: what the bundle recommends, else 1)"},
          0, 1024, [](auto& r) -> auto& { return r.serve.threads; })};
  for (Option& option : only_if_set(scheduling_options())) options.push_back(std::move(option));
  return options;
}

std::vector<Option> server_options() {
  std::vector<Option> options;
  for (const auto part : {address_options, limit_options, access_options, operation_options})
    for (Option& option : only_if_set(part())) options.push_back(std::move(option));
  return options;
}

}  // namespace headrace
