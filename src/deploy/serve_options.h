// What a server can be told: per model ([serve] in the bundle's headrace.toml; flags win) and per server ([server] in the
// headrace.toml of a repository; flags win). Each is an entry of the option table (deploy/option_table.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headrace::serve {

// Of one model.
struct ModelOptions {
  std::string engine;          // empty or "auto": the bundle's choice, else measured
  int threads = 0;             // per instance; 0: chosen by a short measurement
  int instances = 0;           // batches that run at once; 0: chosen by a short measurement
  int64_t max_batch_size = 0;  // rows; 0: 8 where the model's batch is free, else what the model says
  // A batch of such a size starts at once; empty: any size, as soon as an instance is free.
  std::vector<int64_t> preferred_batch_sizes;
  int64_t max_queue_delay_us = 0;   // how long a request may wait for others to fill its batch
  int64_t max_queue_size = 0;       // requests waiting; 0: 16 full batches per instance
  int64_t default_deadline_ms = 0;  // from arrival, where a request brings none; 0: none
  int64_t hang_seconds = 60;        // a batch that takes longer is given up: its requests fail, the model is not ready
};

// Of the front ends.
struct Limits {
  size_t max_body_bytes = size_t{64} << 20;             // of a request, after decompression too; of a gRPC message
  size_t max_header_bytes = 16 << 10;                   // all of a request's header lines
  int max_json_depth = 32;                              // nested brackets
  int max_tensors = 256;                                // inputs, and outputs asked for, of a request
  int max_connections = 1024;                           // open at once, per front end; more are turned away with 503
  int64_t header_timeout_ms = 10'000;                   // from a request's first byte to the end of its header
  int64_t body_timeout_ms = 60'000;                     // from there to the end of its body
  int64_t idle_timeout_ms = 75'000;                     // between requests of a connection
  size_t max_body_bytes_in_flight = size_t{512} << 20;  // of all requests together: beyond it 429
};

// Who may call. An empty token: everybody.
struct Access {
  std::string data_token;  // `Authorization: Bearer TOKEN` for inference, metadata, pictures
  // The same for load and unload, and for metrics, statistics, the dashboard; empty: data_token's rule.
  std::string control_token;
  std::string data_token_file, control_token_file;  // where the tokens are read from at start; empty: not from a file
  std::string tls_certificate, tls_key;             // PEM files; both or none
};

// Of one server process.
struct ServerOptions {
  std::string host = "127.0.0.1";
  int http_port = 8000, grpc_port = 8001;  // 0: any free one; -1: no such front end
  int http_threads = 1;                    // that read, parse and write
  Limits limits;
  Access access;
  bool allow_control = false;   // whether load and unload may be called
  double poll_seconds = 1;      // how often the repository is looked at for new versions; 0: never
  double drain_seconds = 20;    // what SIGTERM leaves to requests in flight
  std::string access_log;       // a file of one JSON object a request; "-": standard output; empty: none
  bool triton_metrics = false;  // nv_inference_* beside Headrace's own names
};

}  // namespace headrace::serve
