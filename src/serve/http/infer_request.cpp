#include "serve/http/infer_request.h"

#include <charconv>
#include <limits>
#include <utility>

#include "base/printable.h"
#include "serve/http/infer_json.h"
#include "serve/wire.h"

namespace headrace::serve::http {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Error not_raw(std::string why) {
  return invalid_argument("a raw request (Inference-Header-Content-Length: 0) cannot be made for this model: " + std::move(why));
}

// The dims of `spec` with the batch that makes `bytes` bytes.
Result<Dims> raw_dims(const TensorSpec& spec, size_t bytes) {
  const auto element = static_cast<size_t>(bits_of(spec.dtype)) / 8;
  if (element == 0) return not_raw("the protocol has no raw form of its input's type");
  Dims row;
  for (size_t i = 0; i < spec.shape.size(); ++i) {
    if (!spec.shape[i].known() && i > 0) return not_raw("its input has several extents that are free: " + to_string(spec.shape));
    row.push_back(spec.shape[i].known() ? spec.shape[i].extent : 1);
  }
  if (spec.shape.empty() || spec.shape[0].known()) return row;
  HEADRACE_TRY(const int64_t elements, element_count(row));
  const size_t row_bytes = static_cast<size_t>(elements) * element;
  if (row_bytes == 0 || bytes % row_bytes != 0)
    return invalid_argument(std::to_string(bytes) + " bytes are no whole number of rows of " + std::to_string(row_bytes) +
                            " bytes");
  row[0] = static_cast<int64_t>(bytes / row_bytes);
  return row;
}

Result<Tensor> raw_string(const TensorSpec& spec, std::span<const std::byte> bytes) {
  for (const Dim& dim : spec.shape)
    if (dim.known() && dim.extent != 1) return not_raw("its BYTES input has more elements than one");
  return Tensor::of_strings(Dims(spec.shape.size(), 1), {std::string(text_of(bytes))});
}

Result<Tensor> raw_tensor(const TensorSpec& spec, const std::shared_ptr<const BodyBuffer>& body) {
  if (spec.dtype == DType::kString) return raw_string(spec, body->bytes());
  HEADRACE_TRY(Dims dims, raw_dims(spec, body->size()));
  return tensor_of_raw(spec.dtype, std::move(dims), body, body->bytes());
}

}  // namespace

bool OutputFormat::binary_output(std::string_view name) const {
  for (const auto& [output, is_binary] : by_name)
    if (output == name) return is_binary;
  return binary;
}

Result<std::optional<size_t>> json_length_of(std::string_view field, size_t body_bytes) {
  if (field.empty()) return std::optional<size_t>();
  size_t length = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), length);
  if (error != std::errc() || end != field.data() + field.size())
    return invalid_argument("Inference-Header-Content-Length is no number of bytes: " + printable(field, 40));
  if (length > body_bytes)
    return invalid_argument("Inference-Header-Content-Length says " + std::to_string(length) + " bytes, the body has " +
                            std::to_string(body_bytes));
  return std::optional<size_t>(length);
}

Result<ParsedRequest> parse_infer(std::shared_ptr<const BodyBuffer> body, std::optional<size_t> json_length,
                                  const Limits& limits) {
  const std::span<const std::byte> bytes = body->bytes();
  const size_t length = json_length.value_or(bytes.size());
  BinarySection binary{body, bytes.subspan(length)};
  ParsedRequest parsed;
  InferReader reader(limits, binary, parsed);
  HEADRACE_CHECK(reader.read(text_of(bytes.first(length)), body->readable()));
  if (!binary.rest.empty())
    return invalid_argument(std::to_string(binary.rest.size()) + " bytes are left over behind the binary data of the inputs");
  return parsed;
}

Result<ParsedRequest> parse_raw_infer(std::shared_ptr<const BodyBuffer> body, const Signature& signature) {
  if (signature.inputs.size() != 1) return not_raw("it has " + std::to_string(signature.inputs.size()) + " inputs");
  const TensorSpec& spec = signature.inputs.front();
  Result<Tensor> tensor = raw_tensor(spec, body);
  if (!tensor) return std::move(tensor).error().at("input \"" + spec.name + "\"");
  ParsedRequest parsed;
  parsed.request.inputs.push_back({spec.name, *std::move(tensor)});
  parsed.format.binary = true;
  return parsed;
}

}  // namespace headrace::serve::http
