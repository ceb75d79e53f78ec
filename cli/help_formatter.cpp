#include "help_formatter.h"

#include <algorithm>
#include <sstream>

namespace headrace::cli {
namespace {

constexpr size_t kNameWidth = 28;
constexpr size_t kWidth = 100;

std::string first_sentence(const std::string& text) {
  std::string sentence = text.substr(0, text.find(". "));
  sentence = sentence.substr(0, sentence.find(".\n"));
  std::replace(sentence.begin(), sentence.end(), '\n', ' ');
  return sentence.ends_with('.') ? sentence.substr(0, sentence.size() - 1) : sentence;
}

// "  name   text", the text wrapped in a column of its own.
std::string entry(const std::string& name, const std::string& text) {
  std::string out = "  " + name;
  size_t column = out.size();
  const auto indent = [&] {
    out += "\n" + std::string(kNameWidth + 1, ' ');
    column = kNameWidth + 1;
  };
  if (column >= kNameWidth) indent();
  else out += std::string(kNameWidth + 1 - column, ' '), column = kNameWidth + 1;
  std::istringstream words(text);
  bool first = true;
  for (std::string word; words >> word; first = false) {
    if (!first && column + 1 + word.size() > kWidth) indent(), first = true;
    out += (first ? "" : " ") + word;
    column += word.size() + (first ? 0 : 1);
  }
  return out + "\n";
}

}  // namespace

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return entry(command->get_name(), first_sentence(command->get_description()));
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool positional) const {
  const std::string type = option->get_type_name();
  if (positional) return entry(type, option->get_description());
  return entry(option->get_name(false, true) + (option->get_items_expected_max() > 0 && !type.empty() ? " " + type : ""),
               option->get_description() + (option->get_required() ? " (required)" : ""));
}

}  // namespace headrace::cli
