#include "serve/http/target.h"

#include <algorithm>
#include <charconv>

#include "base/printable.h"
#include "serve/json_text.h"

namespace headrace::serve::http {
namespace {

constexpr size_t kLongestName = 255;  // of a file, on every file system in use

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() < 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    decoded += static_cast<char>(code);
    i += 2;
  }
  return decoded;
}

Result<std::string> name_of_segment(std::string_view segment) {
  const auto refused = [&](const char* why) { return invalid_argument("\"" + printable(segment) + "\" is no name: " + why); };
  const std::optional<std::string> name = percent_decode(segment);
  if (!name) return refused("a % is not followed by two hexadecimal digits");
  if (name->empty()) return refused("it is empty");
  if (name->size() > kLongestName) return refused("it is longer than 255 bytes");
  if (*name == "." || *name == "..") return refused("it stands for a folder");
  if (name->find_first_of("/\\") != std::string::npos) return refused("it holds a path separator");
  if (std::any_of(name->begin(), name->end(), is_control)) return refused("it holds a control character");
  if (!is_utf8(*name)) return refused("it is not UTF-8");
  return *name;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = pair.find('=');
    if (pair.substr(0, equals) == key) return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
  }
  return std::nullopt;
}

}  // namespace headrace::serve::http
