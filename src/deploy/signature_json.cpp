#include "deploy/signature_json.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

Json dim_json(const Dim& dim) {
  if (dim.known()) return dim.extent;
  if (!dim.symbol.empty()) return dim.symbol;
  return nullptr;
}

Json specs_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) {
    Json shape = Json::array();
    for (const Dim& dim : spec.shape) shape.push_back(dim_json(dim));
    list.push_back({{"name", spec.name}, {"dtype", to_string(spec.dtype)}, {"shape", shape}});
  }
  return list;
}

Result<Dim> parse_dim(const Json& json) {
  if (json.is_null()) return Dim{};
  if (json.is_string()) return Dim{-1, json.get<std::string>()};
  if (json.is_number_integer() && json.get<int64_t>() >= 0) return Dim{json.get<int64_t>(), {}};
  return invalid_data("a dimension is neither a number, a name nor null");
}

Result<TensorSpec> parse_spec(const Json& json) {
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string() || !json.contains("dtype") ||
      !json["dtype"].is_string() || !json.contains("shape") || !json["shape"].is_array())
    return invalid_data("an entry lacks name, dtype or shape");
  TensorSpec spec;
  spec.name = json["name"].get<std::string>();
  const auto dtype = dtype_from_string(json["dtype"].get<std::string>());
  if (!dtype) return invalid_data("unknown dtype '" + json["dtype"].get<std::string>() + "'").at(spec.name);
  spec.dtype = *dtype;
  for (const Json& item : json["shape"]) {
    Result<Dim> dim = parse_dim(item);
    if (!dim) return std::move(dim).error().at(spec.name);
    spec.shape.push_back(*dim);
  }
  return spec;
}

Result<std::vector<TensorSpec>> parse_specs(const Json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_array())
    return invalid_data("there is no list '" + std::string(key) + "'");
  std::vector<TensorSpec> specs;
  for (const Json& item : json[key]) {
    HEADRACE_TRY(TensorSpec spec, parse_spec(item));
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace

std::string to_json(const Signature& signature) {
  const Json json = {{"inputs", specs_json(signature.inputs)}, {"outputs", specs_json(signature.outputs)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Signature> parse_signature(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return invalid_data("this is not JSON");
  Signature signature;
  HEADRACE_TRY(signature.inputs, parse_specs(json, "inputs"));
  HEADRACE_TRY(signature.outputs, parse_specs(json, "outputs"));
  return signature;
}

}  // namespace headrace
