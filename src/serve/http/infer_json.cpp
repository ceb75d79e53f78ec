#include "serve/http/infer_json.h"

#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include "base/printable.h"
#include "serve/http/json_tensor.h"
#include "serve/wire.h"

namespace headrace::serve::http {
namespace {

constexpr int64_t kMany = std::numeric_limits<int64_t>::max();
constexpr int64_t kLongestTimeout = int64_t{1'000'000} * 86'400 * 365;  // a year: added to now, it overflows no clock

Result<Dims> dims_of(simdjson::ondemand::value value, size_t max_rank) {
  HEADRACE_TRY(auto array, json::array_of(value, "\"shape\""));
  Dims dims;
  HEADRACE_CHECK(json::for_each_element(array, [&](auto element) -> Status {
    if (dims.size() == max_rank) return invalid_argument("\"shape\" has more than " + std::to_string(max_rank) + " extents");
    HEADRACE_TRY(const int64_t extent, json::integer_of(element, 0, kMany, "an extent of \"shape\""));
    dims.push_back(extent);
    return Ok{};
  }));
  return dims;
}

Result<DType> datatype(simdjson::ondemand::value value) {
  HEADRACE_TRY(const std::string_view name, json::string_of(value, "\"datatype\""));
  const std::optional<DType> dtype = dtype_of_datatype(name);
  if (!dtype) return invalid_argument("\"" + printable(name, 40) + "\" is no datatype of the protocol (FP32, INT64, BYTES, ...)");
  return *dtype;
}

}  // namespace

struct InferReader::Input {
  std::string name;
  std::optional<DType> dtype;
  std::optional<Dims> dims;
  std::optional<size_t> binary_size;
  bool has_data = false, deferred = false;  // deferred: "data" came before what tells how to read it
  Tensor tensor;
};

Status InferReader::too_many(std::string_view what, size_t count) const {
  if (count < static_cast<size_t>(limits_.max_tensors)) return Ok{};
  return invalid_argument("the request has more than " + std::to_string(limits_.max_tensors) + " " + std::string(what));
}

Status InferReader::read(std::string_view text, size_t readable) {
  json_bytes_ = text.size();
  return json::read_document(text, readable, [this](Object object) { return top_level(object); });
}

Status InferReader::top_level(Object object) {
  static constexpr std::array<std::string_view, 4> kKeys{"id", "parameters", "inputs", "outputs"};
  json::Keys keys(kKeys);
  bool has_inputs = false;
  HEADRACE_CHECK(json::for_each_field(object, [&](std::string_view key, Value value) -> Status {
    HEADRACE_TRY(const size_t index, keys.index(key));
    if (index == 0) {
      HEADRACE_TRY(out_.request.id, json::string_of(value, "\"id\""));
      return Ok{};
    }
    if (index == 1) return parameters(value);
    if (index == kKeys.size()) return json::skip(value, limits_.max_json_depth);
    has_inputs = has_inputs || index == 2;
    HEADRACE_TRY(auto array, json::array_of(value, index == 2 ? "\"inputs\"" : "\"outputs\""));
    return json::for_each_element(array, [&](Value element) { return index == 2 ? input(element) : output(element); });
  }));
  return has_inputs ? Status(Ok{}) : invalid_argument("the request has no \"inputs\"");
}

Status InferReader::parameters(Value value) {
  static constexpr std::array<std::string_view, 3> kKeys{"binary_data_output", "priority", "timeout"};
  json::Keys keys(kKeys);
  HEADRACE_TRY(auto object, json::object_of(value, "\"parameters\""));
  return json::for_each_field(object, [&](std::string_view key, Value field) -> Status {
    HEADRACE_TRY(const size_t index, keys.index(key));
    if (index == 0) {
      HEADRACE_TRY(out_.format.binary, json::bool_of(field, "\"binary_data_output\""));
    } else if (index == 1) {
      HEADRACE_TRY(const int64_t priority, json::integer_of(field, 0, std::numeric_limits<int>::max(), "\"priority\""));
      out_.request.priority = static_cast<int>(priority);
    } else if (index == 2) {
      HEADRACE_TRY(const int64_t us, json::integer_of(field, 0, kLongestTimeout, "\"timeout\" (in microseconds)"));
      if (us > 0) out_.request.deadline = out_.request.arrived + std::chrono::microseconds(us);  // 0: none, as Triton has it
    } else {
      return json::skip(field, limits_.max_json_depth);
    }
    return Ok{};
  });
}

Status InferReader::input(Value value) {
  HEADRACE_CHECK(too_many("inputs", out_.request.inputs.size()));
  static constexpr std::array<std::string_view, 5> kKeys{"name", "shape", "datatype", "parameters", "data"};
  json::Keys keys(kKeys);
  Input input;
  HEADRACE_TRY(auto object, json::object_of(value, "an input"));
  Status read = json::for_each_field(object, [&](std::string_view key, Value field) -> Status {
    HEADRACE_TRY(const size_t index, keys.index(key));
    return input_field(input, index, field);
  });
  if (read && input.deferred) {
    if (auto again = object.reset(); again.error()) return json::malformed(again.error(), "an input");
    HEADRACE_TRY(Value data, json::get(object.find_field_unordered("data"), "\"data\""));
    read = input_data(input, data);
  }
  if (!read) return std::move(read).error().at("input \"" + printable(input.name) + "\"");
  Result<Tensor> tensor = tensor_of(input);
  if (!tensor) return std::move(tensor).error().at("input \"" + printable(input.name) + "\"");
  out_.request.inputs.push_back({std::move(input.name), *std::move(tensor)});
  return Ok{};
}

Status InferReader::input_field(Input& input, size_t key, Value value) {
  switch (key) {
    case 0: {
      HEADRACE_TRY(input.name, json::string_of(value, "\"name\""));
      return Ok{};
    }
    case 1: {
      HEADRACE_TRY(input.dims, dims_of(value, static_cast<size_t>(limits_.max_json_depth)));
      return Ok{};
    }
    case 2: {
      HEADRACE_TRY(input.dtype, datatype(value));
      return Ok{};
    }
    case 3: return input_parameters(input, value);
    case 4:
      input.has_data = true;
      input.deferred = !input.dtype || !input.dims;
      return input.deferred ? Status(Ok{}) : input_data(input, value);
    default: return json::skip(value, limits_.max_json_depth);
  }
}

Status InferReader::input_data(Input& input, Value value) {
  if (!input.dtype || !input.dims) return Ok{};  // tensor_of() says what is missing
  HEADRACE_TRY(input.tensor, tensor_of_json(*input.dtype, *input.dims, value, json_bytes_, memory_));
  return Ok{};
}

Status InferReader::input_parameters(Input& input, Value value) {
  static constexpr std::array<std::string_view, 2> kKeys{"binary_data_size", "shared_memory_region"};
  json::Keys keys(kKeys);
  HEADRACE_TRY(auto object, json::object_of(value, "\"parameters\" of an input"));
  return json::for_each_field(object, [&](std::string_view key, Value field) -> Status {
    HEADRACE_TRY(const size_t index, keys.index(key));
    if (index == 1) return invalid_argument("this server shares no memory with its clients: send the tensor in the request");
    if (index == 2) return json::skip(field, limits_.max_json_depth);
    HEADRACE_TRY(const int64_t size, json::integer_of(field, 0, kMany, "\"binary_data_size\""));
    input.binary_size = static_cast<size_t>(size);
    return Ok{};
  });
}

Result<Tensor> InferReader::tensor_of(Input& input) {
  if (input.name.empty()) return invalid_argument("it has no \"name\"");
  if (!input.dtype) return invalid_argument("it has no \"datatype\"");
  if (!input.dims) return invalid_argument("it has no \"shape\"");
  if (input.has_data == input.binary_size.has_value())
    return invalid_argument(input.has_data ? "it has both \"data\" and \"binary_data_size\""
                                           : "it has no \"data\" and no \"binary_data_size\"");
  if (input.has_data) return std::move(input.tensor);
  if (*input.binary_size > binary_.rest.size())
    return invalid_argument("\"binary_data_size\" says " + std::to_string(*input.binary_size) + " bytes, behind the JSON are " +
                            std::to_string(binary_.rest.size()));
  const std::span<const std::byte> raw = binary_.rest.first(*input.binary_size);
  binary_.rest = binary_.rest.subspan(raw.size());
  if (*input.dtype == DType::kString) HEADRACE_CHECK(memory_.take(*input.dtype, *input.dims));
  return tensor_of_raw(*input.dtype, *std::move(input.dims), binary_.owner, raw);
}

Status InferReader::output(Value value) {
  HEADRACE_CHECK(too_many("outputs", out_.request.outputs.size()));
  static constexpr std::array<std::string_view, 2> kKeys{"name", "parameters"};
  json::Keys keys(kKeys);
  HEADRACE_TRY(auto object, json::object_of(value, "an output"));
  std::string name;
  std::optional<bool> binary;
  HEADRACE_CHECK(json::for_each_field(object, [&](std::string_view key, Value field) -> Status {
    HEADRACE_TRY(const size_t index, keys.index(key));
    if (index == 0) {
      HEADRACE_TRY(name, json::string_of(field, "\"name\" of an output"));
      return Ok{};
    }
    return index == 1 ? output_parameters(field, binary) : json::skip(field, limits_.max_json_depth);
  }));
  if (name.empty()) return invalid_argument("an output that is asked for has no \"name\"");
  if (binary) out_.format.by_name.emplace_back(name, *binary);
  out_.request.outputs.push_back(std::move(name));
  return Ok{};
}

Status InferReader::output_parameters(Value value, std::optional<bool>& binary) {
  static constexpr std::array<std::string_view, 3> kKeys{"binary_data", "classification", "shared_memory_region"};
  json::Keys keys(kKeys);
  HEADRACE_TRY(auto object, json::object_of(value, "\"parameters\" of an output"));
  return json::for_each_field(object, [&](std::string_view key, Value field) -> Status {
    HEADRACE_TRY(const size_t index, keys.index(key));
    if (index == 1)
      return invalid_argument("this server does not classify outputs in infer: use .../picture, or take the tensor");
    if (index == 2) return invalid_argument("this server shares no memory with its clients: take the tensor from the answer");
    if (index == 3) return json::skip(field, limits_.max_json_depth);
    HEADRACE_TRY(binary, json::bool_of(field, "\"binary_data\""));
    return Ok{};
  });
}

}  // namespace headrace::serve::http
