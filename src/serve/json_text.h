// Strings and numbers as JSON spells them, appended to text that grows: what is hot (tensors in answers, lines of the access log)
// is not built as a tree first.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>

namespace headrace::serve {

// With quotes. What is not UTF-8 becomes U+FFFD.
void append_json_string(std::string_view text, std::string& out);
bool is_utf8(std::string_view text);

// The shortest digits that read back as the same value. JSON has no infinities and no NaN: they become null, which numpy reads as
// NaN.
template <typename T>
void append_json_number(T value, std::string& out) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) {
      out += "null";
      return;
    }
  }
  char digits[32];  // the longest double has 24
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out.append(digits, end);
}

}  // namespace headrace::serve
