// What a server of the Open Inference Protocol tells about itself and its models, over HTTP.
//
// Sources: the protocol, version 2; Triton's extensions for statistics, model configuration and the repository's index.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "load/connection.h"

namespace headrace::load {

struct ServerInfo {
  std::string name, version;
  bool binary_tensors = false;  // the extension binary_tensor_data
};

struct ModelInfo {
  std::string name, platform;
  Signature signature;         // free extents have no symbol
  int64_t max_batch_size = 0;  // of the configuration; above 0 every first extent is the batch. 0: none, or not told
};

// Sums since the model was loaded, over its versions.
struct ServerTimes {
  uint64_t inference_count = 0, execution_count = 0;  // rows, batches
  uint64_t success_count = 0;
  uint64_t queue_ns = 0, compute_input_ns = 0, compute_infer_ns = 0, compute_output_ns = 0;
};

class ServerApi {
 public:
  // `headers`: whole lines that every request carries ("Authorization: Bearer ..."). `progress` (may be null) tells when to stop.
  // Errors: not_found where the name leads nowhere.
  static Result<ServerApi> at(const Url& url, std::vector<std::string> headers, const Progress* progress);

  // Errors: unavailable (nothing listens, no answer), invalid_data (not this protocol).
  Result<ServerInfo> server();
  // The names of the models that are ready. Errors: unsupported where the server has no index.
  Result<std::vector<std::string>> models();
  // Errors: not_found, listing the models there are; invalid_data.
  Result<ModelInfo> model(const std::string& name, const std::string& version);
  // What the server measured; nullopt where it has no such statistics.
  std::optional<ServerTimes> times(const std::string& model, const std::string& version);
  // The process' resident memory, out of /metrics; nullopt where it is not told.
  std::optional<uint64_t> resident_bytes();

  const Url& url() const { return url_; }
  const Endpoint& endpoint() const { return connection_.endpoint(); }
  const std::vector<std::string>& headers() const { return headers_; }
  // "/v2/models/M" or "/v2/models/M/versions/V".
  static std::string model_path(const std::string& model, const std::string& version);

 private:
  ServerApi(Url url, std::vector<std::string> headers, const Endpoint& endpoint, const Progress* progress)
      : url_(std::move(url)), headers_(std::move(headers)), connection_(endpoint), progress_(progress) {}
  Result<Reply> get(const std::string& path);
  Result<Reply> call(std::string_view method, const std::string& path, std::string_view body);
  Error unknown_model(const std::string& name, const Reply& reply);
  int64_t max_batch_size(const std::string& path);

  Url url_;
  std::vector<std::string> headers_;
  Connection connection_;
  const Progress* progress_;
};

// Readers of the answers above, for tests and fuzzing. Errors: invalid_data naming the field.
Result<ServerInfo> parse_server(std::string_view json);
Result<std::vector<std::string>> parse_index(std::string_view json);  // of those that are ready
int64_t parse_max_batch_size(std::string_view json);                  // 0 where it is not told
Result<ModelInfo> parse_model(std::string_view json);
std::optional<ServerTimes> parse_times(std::string_view json);
std::optional<uint64_t> parse_resident_bytes(std::string_view metrics);
// The server's own words for an error: the field "error" of `json`, or its beginning.
std::string error_text(std::string_view json);

}  // namespace headrace::load
