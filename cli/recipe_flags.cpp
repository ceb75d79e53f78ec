#include "recipe_flags.h"

#include <algorithm>

namespace headrace::cli {

void RecipeFlags::add(CLI::App& command, std::string_view name) {
  for (const Option& option : option_table()) {
    if (!offered_by(option, name)) continue;
    if (option.type == OptionType::kSwitch) {
      add_switch(command, option);
      continue;
    }
    command
        .add_option_function<std::string>(
            option.flag, [this, &option](const std::string& text) { given_.emplace_back(&option, text); },
            std::string(option.help))
        ->type_name(std::string(option.value_name));
  }
}

// A switch that is on by default shows as --no-NAME; the other way round works too, to overrule a headrace.toml.
void RecipeFlags::add_switch(CLI::App& command, const Option& option) {
  const bool on = option.get(Recipe{}) == "true";
  const std::string negative = "--no-" + option.flag.substr(2);
  const auto add = [&](const std::string& flag, const char* value, std::string help) {
    return command.add_flag_function(
        flag, [this, &option, value](int64_t) { given_.emplace_back(&option, value); }, std::move(help));
  };
  CLI::Option* positive_flag = add(option.flag, "true", std::string(option.help));
  CLI::Option* negative_flag = add(negative, "false", "Turn off: " + std::string(option.help));
  (on ? positive_flag : negative_flag)->group("");
}

Status RecipeFlags::apply(Recipe& recipe) const {
  for (const auto& [option, text] : given_)
    if (Status set = option->set(recipe, text); !set) return std::move(set).error().at(option->flag);
  return Ok{};
}

bool RecipeFlags::given(std::string_view key) const {
  return std::any_of(given_.begin(), given_.end(), [&](const auto& pair) { return pair.first->key == key; });
}

}  // namespace headrace::cli
