// The JSON and text that a server tells about itself, read without trust.
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/printable.h"
#include "load/server_api.h"
#include "serve/wire.h"

namespace headrace::load {
namespace {

namespace dom = simdjson::dom;

Result<dom::element> parse(dom::parser& parser, std::string_view json) {
  dom::element document;
  if (const auto error = parser.parse(json.data(), json.size(), true).get(document))
    return invalid_data(std::string("the answer is no JSON: ") + simdjson::error_message(error));
  return document;
}

Result<TensorSpec> parse_tensor(dom::element json) {
  std::string_view name, datatype;
  dom::array shape;
  if (json["name"].get(name) || json["datatype"].get(datatype) || json["shape"].get(shape))
    return invalid_data("a tensor lacks its name, datatype or shape");
  const std::optional<DType> dtype = serve::dtype_of_datatype(datatype);
  if (!dtype) return unsupported("tensor " + printable(name) + " has the unknown datatype " + printable(datatype));
  TensorSpec spec{std::string(name), *dtype, {}};
  for (const dom::element extent : shape) {
    int64_t value = 0;
    if (extent.get(value)) return invalid_data("tensor " + printable(name) + " has a shape that is not of whole numbers");
    spec.shape.push_back({std::max<int64_t>(value, -1), {}});
  }
  return spec;
}

Result<std::vector<TensorSpec>> parse_tensors(dom::element model, const char* field) {
  std::vector<TensorSpec> specs;
  dom::array list;
  if (model[field].get(list)) return specs;  // some servers leave out what they do not know
  for (const dom::element json : list) {
    HEADRACE_TRY(TensorSpec spec, parse_tensor(json));
    specs.push_back(std::move(spec));
  }
  return specs;
}

uint64_t number(dom::element json, std::string_view pointer) {
  uint64_t value = 0;
  return json.at_pointer(pointer).get(value) ? 0 : value;
}

}  // namespace

Result<ServerInfo> parse_server(std::string_view json) {
  dom::parser parser;
  HEADRACE_TRY(const dom::element document, parse(parser, json));
  ServerInfo info;
  std::string_view name, version, extension;
  if (!document["name"].get(name)) info.name = name;
  if (!document["version"].get(version)) info.version = version;
  dom::array extensions;
  if (document["extensions"].get(extensions)) return info;
  for (const dom::element entry : extensions)
    if (!entry.get(extension) && extension == "binary_tensor_data") info.binary_tensors = true;
  return info;
}

Result<std::vector<std::string>> parse_index(std::string_view json) {
  dom::parser parser;
  HEADRACE_TRY(const dom::element document, parse(parser, json));
  dom::array index;
  if (document.get(index)) return invalid_data("the index is no list");
  std::vector<std::string> names;
  for (const dom::element entry : index) {
    std::string_view name, state;
    if (entry["name"].get(name)) continue;
    const bool ready = entry["state"].get(state) || state == "READY" || state.empty();  // not every server tells states
    if (ready && std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  return names;
}

int64_t parse_max_batch_size(std::string_view json) {
  dom::parser parser;
  const auto document = parse(parser, json);
  int64_t size = 0;
  return document.ok() && !document.value()["max_batch_size"].get(size) ? std::max<int64_t>(size, 0) : 0;
}

Result<ModelInfo> parse_model(std::string_view json) {
  dom::parser parser;
  HEADRACE_TRY(const dom::element document, parse(parser, json));
  ModelInfo model;
  std::string_view name, platform;
  if (document["name"].get(name)) return invalid_data("the model's metadata has no name");
  if (!document["platform"].get(platform)) model.platform = platform;
  model.name = name;
  HEADRACE_TRY(model.signature.inputs, parse_tensors(document, "inputs"));
  HEADRACE_TRY(model.signature.outputs, parse_tensors(document, "outputs"));
  return model;
}

std::optional<ServerTimes> parse_times(std::string_view json) {
  dom::parser parser;
  const auto document = parse(parser, json);
  dom::array list;
  if (!document.ok() || document.value()["model_stats"].get(list)) return std::nullopt;
  ServerTimes times;
  for (const dom::element version : list) {
    times.inference_count += number(version, "/inference_count");
    times.execution_count += number(version, "/execution_count");
    times.success_count += number(version, "/inference_stats/success/count");
    times.queue_ns += number(version, "/inference_stats/queue/ns");
    times.compute_input_ns += number(version, "/inference_stats/compute_input/ns");
    times.compute_infer_ns += number(version, "/inference_stats/compute_infer/ns");
    times.compute_output_ns += number(version, "/inference_stats/compute_output/ns");
  }
  return times;
}

std::optional<uint64_t> parse_resident_bytes(std::string_view metrics) {
  for (const std::string_view name : {"headrace_resident_memory_bytes", "process_resident_memory_bytes"}) {
    for (size_t at = metrics.find(name); at != std::string_view::npos; at = metrics.find(name, at + 1)) {
      const bool begins_line = at == 0 || metrics[at - 1] == '\n';
      std::string_view rest = metrics.substr(at + name.size());
      if (rest.starts_with('{')) rest.remove_prefix(std::min(rest.find('}'), rest.size() - 1) + 1);  // labels
      double value = 0;
      if (!begins_line || !rest.starts_with(' ')) continue;
      if (std::from_chars(rest.data() + 1, rest.data() + rest.size(), value).ec == std::errc() && value >= 0 && value < 1e18)
        return static_cast<uint64_t>(value);
    }
  }
  return std::nullopt;
}

std::string error_text(std::string_view json) {
  dom::parser parser;
  const auto document = parse(parser, json);
  std::string_view text;
  if (document.ok() && !document.value()["error"].get(text)) return printable(text);
  return printable(json);
}

}  // namespace headrace::load
