// headrace.toml, read and written through the option table.
#include "deploy/recipe.h"

#include <toml++/toml.h>

#include <algorithm>

#include "base/mapped_file.h"
#include "deploy/option_values.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

std::string line_of(const toml::node& node) { return "line " + std::to_string(node.source().begin.line); }

Error unknown_key(const std::string& key) {
  std::vector<std::string_view> keys;
  for (const Option& option : option_table()) keys.push_back(option.key);
  const std::string nearest(nearest_name(key, keys));
  const std::string hint =
      nearest.empty() ? "`headrace options` lists the known ones" : "the nearest known one is '" + nearest + "'";
  return invalid_argument("unknown key '" + key + "'; " + hint);
}

std::string kind_of(OptionType type) {
  switch (type) {
    case OptionType::kText: return "a string";
    case OptionType::kSwitch: return "true or false";
    case OptionType::kInteger: return "a whole number";
    case OptionType::kNumber: return "a number";
    case OptionType::kTextList: return "a list of strings";
    case OptionType::kIntegerList: return "a list of whole numbers";
  }
  return "a value";
}

bool is_list(OptionType type) { return type == OptionType::kTextList || type == OptionType::kIntegerList; }

// Whether a TOML value may stand for an option of this type, or for an item of its list.
bool fits(const toml::node& node, OptionType type) {
  switch (type) {
    case OptionType::kText:
    case OptionType::kTextList: return node.is_string();
    case OptionType::kSwitch: return node.is_boolean();
    case OptionType::kInteger:
    case OptionType::kIntegerList: return node.is_integer();
    case OptionType::kNumber: return node.is_number();
  }
  return false;
}

std::string scalar_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  return number_text(node.as_floating_point()->get());
}

// The value in the form that Option::set reads.
Result<std::string> value_text(const toml::node& node, const Option& option) {
  const Error wrong = invalid_argument(std::string(option.key) + " must be " + kind_of(option.type));
  if (const toml::array* array = node.as_array(); array != nullptr && is_list(option.type)) {
    std::string text;
    for (const toml::node& item : *array) {
      if (!fits(item, option.type)) return wrong;
      text += scalar_text(item) + "\n";
    }
    return text;
  }
  if (!fits(node, option.type)) return wrong;
  return scalar_text(node);
}

Status set_option(Recipe& recipe, const std::string& key, const toml::node& node, const fs::path& folder) {
  const Option* option = find_option(key);
  if (option == nullptr) return unknown_key(key).at(line_of(node));
  Result<std::string> text = value_text(node, *option);
  if (!text) return std::move(text).error().at(line_of(node));
  const bool relative = option->path && !text->empty() && *text != "-" && fs::path(*text).is_relative();
  Status set = option->set(recipe, relative ? (folder / *text).lexically_normal().string() : *text);
  if (!set) return std::move(set).error().at(key).at(line_of(node));
  return set;
}

Status read_table(Recipe& recipe, const toml::table& table, const std::string& prefix, const fs::path& folder) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const toml::table* inner = node.as_table()) HEADRACE_CHECK(read_table(recipe, *inner, key + ".", folder));
    else HEADRACE_CHECK(set_option(recipe, key, node, folder));
  }
  return Ok{};
}

// A label file is named relative to the recipe; class names are not paths.
void resolve_label_file(Recipe& recipe, const fs::path& folder) {
  if (recipe.labels.size() != 1) return;
  std::error_code ignored;
  const fs::path file = folder / recipe.labels.front();
  if (fs::is_regular_file(file, ignored)) recipe.labels.front() = file.lexically_normal().string();
}

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::toml_formatter{toml::value<std::string>(text), toml::format_flags::none};
  return out.str();
}

std::string list_toml(const std::string& text, bool quote) {
  std::string out;
  for (const std::string& item : split_list(text)) out += (out.empty() ? "" : ", ") + (quote ? quoted(item) : item);
  return "[" + out + "]";
}

std::string value_toml(const Option& option, const std::string& text) {
  if (is_list(option.type)) return list_toml(text, option.type == OptionType::kTextList);
  return option.type == OptionType::kText ? quoted(text) : text;
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view text, const fs::path& folder) {
  Recipe recipe;
  try {
    const toml::table table = toml::parse(text);
    HEADRACE_CHECK(read_table(recipe, table, "", folder));
  } catch (const toml::parse_error& error) {
    return invalid_argument("not valid TOML: " + std::string(error.description()))
        .at("line " + std::to_string(error.source().begin.line));
  }
  resolve_label_file(recipe, folder);
  return recipe;
}

Result<Recipe> read_recipe(const fs::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  Result<Recipe> recipe = parse_recipe(text, path.parent_path());
  if (!recipe) return std::move(recipe).error().at(path.string());
  return recipe;
}

std::string to_toml(const Recipe& recipe) {
  const Recipe defaults;
  std::string text, section;
  for (const Option& option : option_table()) {
    const std::string value = option.get(recipe);
    if (value.empty()) continue;  // not set: what stands for it then is in the help
    if (option.only_if_set && value == option.get(defaults)) continue;
    const size_t dot = option.key.find('.');
    const std::string_view of = dot == std::string_view::npos ? std::string_view{} : option.key.substr(0, dot);
    if (of != section) text += "\n[" + (section = of) + "]\n";
    text += std::string(option.key.substr(dot + 1)) + " = " + value_toml(option, value) + "\n";
  }
  return text;
}

}  // namespace headrace
