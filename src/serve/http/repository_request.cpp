#include "serve/http/repository_request.h"

#include <array>

#include "serve/http/json_in.h"

namespace headrace::serve::http {
namespace {

using Value = simdjson::ondemand::value;

std::string_view text_of(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Status check_parameters(Value value, int depth) {
  HEADRACE_TRY(auto object, json::object_of(value, "\"parameters\""));
  return json::for_each_field(object, [&](std::string_view key, Value field) -> Status {
    if (key == "config" || key.starts_with("file:"))
      return invalid_argument("a model's configuration and files come from its bundle, not from a request");
    return json::skip(field, depth);
  });
}

}  // namespace

Result<bool> ready_only_of(std::span<const std::byte> body, size_t readable, const Limits& limits) {
  bool ready_only = false;
  if (body.empty()) return ready_only;
  static constexpr std::array<std::string_view, 1> kKeys{"ready"};
  json::Keys keys(kKeys);
  HEADRACE_CHECK(json::read_document(text_of(body), readable, [&](simdjson::ondemand::object object) {
    return json::for_each_field(object, [&](std::string_view key, Value value) -> Status {
      HEADRACE_TRY(const size_t index, keys.index(key));
      if (index != 0) return json::skip(value, limits.max_json_depth);
      HEADRACE_TRY(ready_only, json::bool_of(value, "\"ready\""));
      return Ok{};
    });
  }));
  return ready_only;
}

Status check_control_body(std::span<const std::byte> body, size_t readable, const Limits& limits) {
  if (body.empty()) return Ok{};
  static constexpr std::array<std::string_view, 1> kKeys{"parameters"};
  json::Keys keys(kKeys);
  return json::read_document(text_of(body), readable, [&](simdjson::ondemand::object object) {
    return json::for_each_field(object, [&](std::string_view key, Value value) -> Status {
      HEADRACE_TRY(const size_t index, keys.index(key));
      return index == 0 ? check_parameters(value, limits.max_json_depth) : json::skip(value, limits.max_json_depth);
    });
  });
}

}  // namespace headrace::serve::http
