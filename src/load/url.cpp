#include "load/url.h"

#include <algorithm>
#include <charconv>

#include "base/printable.h"

namespace headrace::load {
namespace {

constexpr std::string_view kScheme = "http://";

Error wrong(std::string_view text, const std::string& what) {
  return invalid_argument("'" + printable(text) + "' is no address of a server: " + what + "; write http://HOST:PORT");
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

// What would end the request line or a header.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '#'; });
}

Status refuse_other_schemes(std::string_view text) {
  const size_t end = text.find("://");
  if (end == std::string_view::npos || text.starts_with(kScheme)) return Ok{};
  const std::string scheme(text.substr(0, end));
  if (scheme == "https")
    return unsupported("the load tester speaks plain HTTP: measure the server behind its TLS, at its http:// address");
  if (scheme == "grpc") return unsupported("the load tester speaks HTTP: give the server's http:// address");
  return wrong(text, "its scheme is " + printable(scheme));
}

}  // namespace

std::string Url::authority() const { return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port; }

std::string Url::text() const { return std::string(kScheme) + authority() + prefix; }

Result<Url> parse_url(std::string_view text) {
  HEADRACE_CHECK(refuse_other_schemes(text));
  std::string_view rest = text;
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  if (!is_plain(rest)) return wrong(text, "it holds a space, a query or a character beyond ASCII");
  Url url;
  const size_t slash = std::min(rest.find('/'), rest.size());
  url.prefix = rest.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) return wrong(text, "names and passwords belong into --header");
  size_t colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return wrong(text, "a ']' is missing");
    url.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    colon = authority.find(':');
    if (!authority.empty() && colon != 0) return wrong(text, "a ':' and the port should follow the ']'");
  } else {
    url.host = authority.substr(0, colon);
  }
  url.port = colon == std::string_view::npos ? "80" : std::string(authority.substr(colon + 1));
  if (url.host.empty()) return wrong(text, "the host is missing");
  if (!is_port(url.port)) return wrong(text, "its port is not a number from 1 to 65535");
  return url;
}

std::string escape_segment(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) out += c;
    else out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out;
}

}  // namespace headrace::load
