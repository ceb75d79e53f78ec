#include "serve/grpc/decode_request.h"

#include <algorithm>
#include <climits>
#include <optional>
#include <string>
#include <utility>

#include "base/printable.h"
#include "serve/grpc/typed_contents.h"
#include "serve/wire.h"

namespace headrace::serve {
namespace {

using inference::InferParameter;
using inference::ModelInferRequest;
using Input = ModelInferRequest::InferInputTensor;
using Message = std::shared_ptr<const ModelInferRequest>;

constexpr int64_t kLongestTimeoutUs = int64_t{1'000'000} * 60 * 60 * 24 * 365;  // a longer one is no bound, and must not overflow

Status check_counts(const ModelInferRequest& message, const Limits& limits) {
  const auto too_many = [&](std::string_view what, int count) -> Status {
    if (count <= limits.max_tensors) return Ok{};
    return invalid_argument("the request has " + std::to_string(count) + " " + std::string(what) + ", more than the " +
                            std::to_string(limits.max_tensors) + " that are allowed");
  };
  HEADRACE_CHECK(too_many("inputs", message.inputs_size()));
  HEADRACE_CHECK(too_many("outputs", message.outputs_size()));
  const int raw = message.raw_input_contents_size();
  if (raw == 0 || raw == message.inputs_size()) return Ok{};
  return invalid_argument("raw_input_contents has " + std::to_string(raw) + " entries for " +
                          std::to_string(message.inputs_size()) + " inputs: one for each is needed, or none");
}

Result<Tensor> decode_tensor(const Message& message, int index, TensorMemory& memory) {
  const Input& input = message->inputs(index);
  if (input.parameters().contains("shared_memory_region"))
    return unsupported("shared memory is not offered: send the tensor in the request");
  const std::optional<DType> dtype = dtype_of_datatype(input.datatype());
  if (!dtype) return invalid_argument("'" + printable(input.datatype()) + "' is not a datatype (FP32, INT64, BYTES, ...)");
  Dims dims(input.shape().begin(), input.shape().end());
  if (message->raw_input_contents_size() == 0) return tensor_of_contents(*dtype, std::move(dims), input.contents());
  if (has_contents(input.contents()))
    return invalid_argument("contents and raw_input_contents are both set: a request uses the one or the other");
  if (*dtype == DType::kString) HEADRACE_CHECK(memory.take(*dtype, dims));
  return tensor_of_raw(*dtype, std::move(dims), message, std::as_bytes(std::span(message->raw_input_contents(index))));
}

// An integer parameter, whichever of the integer types the client wrote; nullopt where there is none.
Result<std::optional<int64_t>> integer_parameter(const ModelInferRequest& message, const std::string& name) {
  const auto found = message.parameters().find(name);
  if (found == message.parameters().end()) return std::optional<int64_t>();
  const InferParameter& value = found->second;
  const bool negative = value.has_int64_param() && value.int64_param() < 0;
  const bool huge = value.has_uint64_param() && value.uint64_param() > static_cast<uint64_t>(INT64_MAX);
  if (negative || huge || !(value.has_int64_param() || value.has_uint64_param()))
    return invalid_argument("the parameter '" + name + "' must be an integer that is not negative");
  return std::optional(value.has_int64_param() ? value.int64_param() : static_cast<int64_t>(value.uint64_param()));
}

Status decode_parameters(const ModelInferRequest& message, InferenceRequest& request) {
  HEADRACE_TRY(const std::optional<int64_t> timeout, integer_parameter(message, "timeout"));
  if (timeout.value_or(0) > 0)  // 0 is Triton's word for none
    request.deadline = request.arrived + std::chrono::microseconds(std::min(*timeout, kLongestTimeoutUs));
  HEADRACE_TRY(const std::optional<int64_t> priority, integer_parameter(message, "priority"));
  request.priority = static_cast<int>(std::min<int64_t>(priority.value_or(0), INT_MAX));
  return Ok{};
}

Status decode_outputs(const ModelInferRequest& message, InferenceRequest& request) {
  for (const auto& output : message.outputs()) {
    for (const char* parameter : {"classification", "shared_memory_region"})
      if (output.parameters().contains(parameter))
        return unsupported("the parameter '" + std::string(parameter) + "' of output '" + printable(output.name()) +
                           "' is not offered: ask for the whole tensor");
    request.outputs.push_back(output.name());
  }
  return Ok{};
}

}  // namespace

Result<InferenceRequest> decode_request(Message message, Clock::time_point arrived, const Limits& limits) {
  HEADRACE_CHECK(check_counts(*message, limits));
  InferenceRequest request;
  request.arrived = arrived;
  request.model = message->model_name();
  request.version = message->model_version();
  request.id = message->id();
  TensorMemory memory(limits.max_body_bytes);
  request.inputs.reserve(static_cast<size_t>(message->inputs_size()));
  for (int i = 0; i < message->inputs_size(); ++i) {
    const std::string& name = message->inputs(i).name();
    Result<Tensor> tensor = decode_tensor(message, i, memory);
    if (!tensor) return std::move(tensor).error().at("input '" + printable(name) + "'");
    request.inputs.push_back({name, std::move(tensor).value()});
  }
  HEADRACE_CHECK(decode_outputs(*message, request));
  HEADRACE_CHECK(decode_parameters(*message, request));
  return request;
}

}  // namespace headrace::serve
