#include "serve/json_text.h"

#include <simdjson.h>

#include <nlohmann/json.hpp>

namespace headrace::serve {
namespace {

bool stands_for_itself(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

void append_escaped(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto code = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[code >> 4];
  out += kHex[code & 15];
}

}  // namespace

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

void append_json_string(std::string_view text, std::string& out) {
  if (!is_utf8(text)) {  // rare: the library that replaces bad sequences one by one may be slow
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  out += '"';
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (stands_for_itself(text[i])) continue;
    out.append(text, begin, i - begin);
    append_escaped(text[i], out);
    begin = i + 1;
  }
  out.append(text, begin);
  out += '"';
}

}  // namespace headrace::serve
