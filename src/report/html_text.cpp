#include "report/html_text.h"

#include "report/text.h"

namespace headrace::reporting {
namespace {

constexpr std::string_view kLineSeparator = "\xE2\x80\xA8", kParagraphSeparator = "\xE2\x80\xA9";

void append_escaped(char c, std::string& out) {
  switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    default: out += c;
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) append_escaped(c, out);
  return out;
}

std::string breakable(std::string_view text) {
  constexpr int kLongest = 20;  // characters without a place to break
  std::string out;
  int run = 0;
  for (const char c : printable(text)) {
    const bool starts_character = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts_character && run >= kLongest) out += "<wbr>", run = 0;
    append_escaped(c, out);
    run = c == ' ' ? 0 : run + (starts_character ? 1 : 0);
    if (c == '/' || c == '.' || c == '_' || c == '-') out += "<wbr>", run = 0;
  }
  return out;
}

std::string json_in_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = json.substr(i, 3);
    if (json[i] == '<') out += "\\u003c";
    else if (json[i] == '>') out += "\\u003e";
    else if (json[i] == '&') out += "\\u0026";
    else if (rest == kLineSeparator || rest == kParagraphSeparator) out += rest == kLineSeparator ? "\\u2028" : "\\u2029", i += 2;
    else out += json[i];
  }
  return out;
}

std::string substitute(std::string_view page, const std::map<std::string_view, std::string, std::less<>>& values) {
  std::string out;
  while (true) {
    const size_t open = page.find("{{");
    const size_t close = open == std::string_view::npos ? open : page.find("}}", open);
    if (close == std::string_view::npos) return out.append(page);
    out += page.substr(0, open);
    const auto value = values.find(page.substr(open + 2, close - open - 2));
    if (value != values.end()) out += value->second;
    page.remove_prefix(close + 2);
  }
}

std::string element(std::string_view name, std::string_view content, std::string_view attributes) {
  std::string out = "<" + std::string(name);
  if (!attributes.empty()) out.append(" ").append(attributes);
  return out.append(">").append(content).append("</").append(name).append(">");
}

}  // namespace headrace::reporting
