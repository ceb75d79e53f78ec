#include "load/infer_request.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "serve/wire.h"

namespace headrace::load {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kInline = size_t{16} << 10;  // tensors below this are copied behind the JSON: cheaper than a part of their own

template <typename T>
void append_number(std::string& out, T value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, end);
}

template <typename T, typename Append>
std::string list_of(const T& values, Append append) {
  std::string out = "[";
  bool first = true;
  for (const auto& value : values) {
    if (!std::exchange(first, false)) out += ',';
    append(out, value);
  }
  return out + "]";
}

bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

Result<std::string> json_values(const Tensor& tensor) {
  if (tensor.dtype() == DType::kString)
    return list_of(tensor.strings(), [](std::string& out, const std::string& value) { out += Json(value).dump(-1, ' ', true); });
  if (tensor.dtype() == DType::kUint64)
    return list_of(tensor.as<uint64_t>(), [](std::string& out, uint64_t value) { append_number(out, value); });
  if (is_floating(tensor.dtype())) {
    HEADRACE_TRY(const std::vector<float> values, to_float_vector(tensor));
    for (const float value : values)
      if (!std::isfinite(value)) return invalid_data("JSON has no NaN and no infinity: send the tensors binary");
    return list_of(values, [](std::string& out, float value) { append_number(out, value); });
  }
  HEADRACE_TRY(const std::vector<int64_t> values, to_int64_vector(tensor));
  const bool is_bool = tensor.dtype() == DType::kBool;
  return list_of(values, [is_bool](std::string& out, int64_t value) {
    if (is_bool) out += value != 0 ? "true" : "false";
    else append_number(out, value);
  });
}

// One input's JSON, and its bytes where they follow behind.
Result<std::string> input_json(const TensorSpec& spec, const Tensor& tensor, bool binary) {
  std::string json = "{\"name\":" + Json(spec.name).dump() + ",\"datatype\":\"" +
                     std::string(serve::datatype_of(tensor.dtype())) + "\",\"shape\":" + Json(tensor.dims()).dump();
  if (binary) return json + ",\"parameters\":{\"binary_data_size\":" + std::to_string(serve::raw_size(tensor)) + "}}";
  auto values = json_values(tensor);
  if (!values.ok()) return std::move(values).error().at("input " + printable(spec.name));
  return json + ",\"data\":" + *values + "}";
}

std::string parameters_json(const InferOptions& options) {
  Json parameters = Json::object();
  if (options.binary) parameters["binary_data_output"] = true;
  if (options.timeout_us > 0) parameters["timeout"] = options.timeout_us;
  return parameters.empty() ? std::string() : ",\"parameters\":" + parameters.dump();
}

void append_tensor(const Tensor& tensor, InferRequest& request) {
  std::span<const std::byte> bytes = tensor.bytes();
  if (tensor.dtype() == DType::kString) {
    serve::append_raw(tensor, request.raw.emplace_back());
    bytes = std::as_bytes(std::span(request.raw.back()));
  }
  if (bytes.size() > kInline || !request.message.rest.empty()) request.message.rest.push_back(bytes);
  else request.message.head.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

Result<InferRequest> make_infer_request(const ServerApi& server, const ModelInfo& model, Request tensors,
                                        const InferOptions& options) {
  std::string json = "{\"inputs\":[";
  size_t tail = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    HEADRACE_TRY(const std::string input, input_json(model.signature.inputs[i], tensors[i], options.binary));
    json += (i > 0 ? "," : "") + input;
    tail += options.binary ? serve::raw_size(tensors[i]) : 0;
  }
  json += "]" + parameters_json(options) + "}";

  std::vector<std::string> headers = server.headers();
  headers.emplace_back(options.binary ? "Content-Type: application/octet-stream" : "Content-Type: application/json");
  if (options.binary) headers.push_back("Inference-Header-Content-Length: " + std::to_string(json.size()));
  const std::string path = ServerApi::model_path(model.name, options.version) + "/infer";
  InferRequest request;
  request.message.head = request_head(server.url(), "POST", path, headers, json.size() + tail) + json;
  request.tensors = std::move(tensors);
  request.raw.reserve(request.tensors.size());  // spans look into these strings: they must not move
  if (options.binary)
    for (const Tensor& tensor : request.tensors) append_tensor(tensor, request);
  return request;
}

}  // namespace headrace::load
