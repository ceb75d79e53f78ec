#include "serve/http/infer_response.h"

#include <utility>

#include "serve/json_text.h"
#include "serve/wire.h"

namespace headrace::serve::http {
namespace {

constexpr size_t kTypicalNumber = 12;  // characters, for the first guess at the size of the text

template <typename T>
void append_numbers(const Tensor& tensor, std::string& out) {
  out.reserve(out.size() + tensor.size() * kTypicalNumber);
  const T* const values = reinterpret_cast<const T*>(tensor.bytes().data());
  for (size_t i = 0; i < tensor.size(); ++i) {
    if (i > 0) out += ',';
    append_json_number(values[i], out);
  }
}

void append_booleans(const Tensor& tensor, std::string& out) {
  for (size_t i = 0; i < tensor.size(); ++i) {
    if (i > 0) out += ',';
    out += tensor.bytes()[i] != std::byte{0} ? "true" : "false";
  }
}

Status append_strings(const Tensor& tensor, std::string& out) {
  bool first = true;
  for (const std::string& value : tensor.strings()) {
    if (!is_utf8(value))
      return invalid_argument("it holds bytes that are no UTF-8, which JSON cannot carry: ask for it with \"binary_data\": true");
    if (!std::exchange(first, false)) out += ',';
    append_json_string(value, out);
  }
  return Ok{};
}

Status append_data(const Tensor& tensor, std::string& out) {
  switch (tensor.dtype()) {
    case DType::kBool: append_booleans(tensor, out); return Ok{};
    case DType::kUint8: append_numbers<uint8_t>(tensor, out); return Ok{};
    case DType::kUint16: append_numbers<uint16_t>(tensor, out); return Ok{};
    case DType::kUint32: append_numbers<uint32_t>(tensor, out); return Ok{};
    case DType::kUint64: append_numbers<uint64_t>(tensor, out); return Ok{};
    case DType::kInt8: append_numbers<int8_t>(tensor, out); return Ok{};
    case DType::kInt16: append_numbers<int16_t>(tensor, out); return Ok{};
    case DType::kInt32: append_numbers<int32_t>(tensor, out); return Ok{};
    case DType::kInt64: append_numbers<int64_t>(tensor, out); return Ok{};
    case DType::kFloat32: append_numbers<float>(tensor, out); return Ok{};
    case DType::kFloat64: append_numbers<double>(tensor, out); return Ok{};
    case DType::kString: return append_strings(tensor, out);
    default:
      return invalid_argument(std::string(datatype_of(tensor.dtype())) +
                              " has no form in JSON: ask for it with \"binary_data\": true");
  }
}

Tensor raw_of(const Tensor& tensor) {
  if (tensor.dtype() != DType::kString) return tensor;
  std::string raw;
  raw.reserve(raw_size(tensor));
  append_raw(tensor, raw);
  return Tensor::from<uint8_t>({static_cast<int64_t>(raw.size())},
                               std::span(reinterpret_cast<const uint8_t*>(raw.data()), raw.size()));
}

void append_field(std::string_view key, std::string_view value, std::string& out) {
  out.append("\"").append(key).append("\":");
  append_json_string(value, out);
}

void append_shape(const Dims& dims, std::string& out) {
  out += ",\"shape\":[";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) out += ',';
    append_json_number(dims[i], out);
  }
  out += ']';
}

Status append_output(const NamedTensor& output, bool binary, Response& response) {
  std::string& out = response.body;
  out += '{';
  append_field("name", output.name, out);
  out += ',';
  append_field("datatype", datatype_of(output.tensor.dtype()), out);
  append_shape(output.tensor.dims(), out);
  if (binary) {
    response.tail.push_back(raw_of(output.tensor));
    out += ",\"parameters\":{\"binary_data_size\":";
    append_json_number(response.tail.back().byte_size(), out);
    out += "}}";
    return Ok{};
  }
  out += ",\"data\":[";
  Status appended = append_data(output.tensor, out);
  if (!appended) return std::move(appended).error().at("output \"" + output.name + "\"");
  out += "]}";
  return Ok{};
}

Status append_outputs(const InferenceResponse& inference, const OutputFormat& format, Response& response) {
  response.body += ",\"outputs\":[";
  for (size_t i = 0; i < inference.outputs.size(); ++i) {
    if (i > 0) response.body += ',';
    const NamedTensor& output = inference.outputs[i];
    HEADRACE_CHECK(append_output(output, format.binary_output(output.name), response));
  }
  response.body += "]}";
  return Ok{};
}

}  // namespace

Response infer_response(InferenceResponse&& inference, const OutputFormat& format) {
  Response response;
  response.body += '{';
  append_field("model_name", inference.model, response.body);
  response.body += ',';
  append_field("model_version", inference.version, response.body);
  if (!inference.id.empty()) {
    response.body += ',';
    append_field("id", inference.id, response.body);
  }
  if (const Status status = append_outputs(inference, format, response); !status) response = error_response(status.error());
  if (!response.tail.empty()) {
    response.content_type = "application/octet-stream";
    response.fields.emplace_back("Inference-Header-Content-Length", std::to_string(response.body.size()));
  }
  response.model = std::move(inference.model);
  response.version = std::move(inference.version);
  response.id = std::move(inference.id);
  response.timing = inference.timing;
  return response;
}

}  // namespace headrace::serve::http
