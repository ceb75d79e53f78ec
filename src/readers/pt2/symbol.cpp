#include "readers/pt2/symbol.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace headrace::pt2 {
namespace {

constexpr int kMaxDepth = 64;

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

std::string in_parentheses(const std::string& text) { return is_symbol(text) ? text : "(" + text + ")"; }

// A reader of "Name(argument, ...)", where an argument is such a call, a number, 'text' or key=value.
class SreprParser {
 public:
  explicit SreprParser(std::string_view text) : text_(text) {}

  Result<std::string> parse() {
    HEADRACE_TRY(std::string expression, call(0));
    if (position_ != text_.size()) return invalid_model("text behind the expression");
    return expression;
  }

 private:
  std::string_view word() {
    const size_t start = position_;
    if (position_ < text_.size() && text_[position_] == '-') ++position_;
    while (position_ < text_.size() && is_name_character(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  bool take(std::string_view token) {
    if (!text_.substr(position_).starts_with(token)) return false;
    position_ += token.size();
    return true;
  }

  Result<std::string> quoted() {
    const size_t end = text_.find('\'', position_);
    if (end == std::string_view::npos) return invalid_model("a text without end");
    std::string name(text_.substr(position_, end - position_));
    position_ = end + 1;
    return name;
  }

  Result<std::string> call(int depth) {
    if (depth > kMaxDepth) return unsupported("a size's expression is nested deeper than 64 levels");
    if (take("'")) return quoted();
    const std::string_view name = word();
    if (name.empty()) return invalid_model("an expression was expected");
    if (take("=")) {  // an assumption about a symbol
      word();
      return std::string();
    }
    if (!take("(")) return std::string(name);
    std::vector<std::string> arguments;
    while (!take(")")) {
      if (!arguments.empty() && !take(", ")) return invalid_model("a comma was expected");
      HEADRACE_TRY(arguments.emplace_back(), call(depth + 1));
    }
    return written(name, arguments);
  }

  static std::string written(std::string_view name, std::vector<std::string>& arguments) {
    std::erase_if(arguments, [](const std::string& argument) { return argument.empty(); });
    if ((name == "Symbol" || name == "Integer") && !arguments.empty()) return arguments.front();
    if (name == "Add") return join(arguments, " + ");
    if (name == "Mul") {
      for (std::string& argument : arguments) argument = in_parentheses(argument);
      return join(arguments, "*");
    }
    if (name == "FloorDiv" && arguments.size() == 2) return in_parentheses(arguments[0]) + "//" + in_parentheses(arguments[1]);
    return std::string(name) + "(" + join(arguments, ", ") + ")";
  }

  std::string_view text_;
  size_t position_ = 0;
};

}  // namespace

bool is_symbol(std::string_view expression) {
  return !expression.empty() && std::all_of(expression.begin(), expression.end(), is_name_character);
}

Result<std::string> readable_expression(std::string_view text) {
  if (text.find('(') == std::string_view::npos) return std::string(text);
  auto expression = SreprParser(text).parse();
  if (!expression.ok() && expression.error().code != ErrorCode::kUnsupported) return std::string(text);
  return expression;
}

}  // namespace headrace::pt2
