#include "base/printable.h"

namespace headrace {

std::string printable(std::string_view text, size_t limit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) out += c;
    else (((out += "\\x") += kDigits[byte >> 4]) += kDigits[byte & 15]);
  }
  return text.size() > limit ? out + "..." : out;
}

}  // namespace headrace
