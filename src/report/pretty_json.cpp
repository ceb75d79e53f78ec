#include "report/pretty_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace headrace::reporting {
namespace {

using Json = nlohmann::ordered_json;

std::string compact(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool flat(const Json& value) {
  return std::none_of(value.begin(), value.end(), [](const Json& member) { return member.is_structured() && !member.empty(); });
}

void write_flat(const Json& value, std::string& out) {
  out += value.is_object() ? "{" : "[";
  const char* separator = "";
  for (const auto& [key, member] : value.items()) {
    out += separator;
    if (value.is_object()) out += compact(Json(key)) + ": ";
    out += compact(member);
    separator = ", ";
  }
  out += value.is_object() ? "}" : "]";
}

void write(const Json& value, size_t depth, std::string& out) {
  if (!value.is_structured()) return void(out += compact(value));
  if (flat(value) && depth > 0) return write_flat(value, out);
  const std::string margin(2 * depth, ' ');
  const char* separator = "\n";
  out += value.is_object() ? "{" : "[";
  for (const auto& [key, member] : value.items()) {
    out += separator + margin + "  ";
    if (value.is_object()) out += compact(Json(key)) + ": ";
    write(member, depth + 1, out);
    separator = ",\n";
  }
  out += "\n" + margin + (value.is_object() ? "}" : "]");
}

}  // namespace

std::string pretty(const Json& value) {
  std::string out;
  write(value, 0, out);
  return out += "\n";
}

}  // namespace headrace::reporting
