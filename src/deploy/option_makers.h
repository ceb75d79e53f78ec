// How entries of the option table are made: one function a kind of value. For the files of the table alone.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "deploy/option_values.h"
#include "deploy/recipe.h"

namespace headrace::option_makers {

// What an entry says about itself; the makers below add how its kind of value is set and printed.
struct Entry {
  std::string_view key, value_name, commands, help;
};

using Set = std::function<Status(Recipe&, std::string_view)>;
using Get = std::function<std::string(const Recipe&)>;

inline Option option(const Entry& entry, OptionType type, Set set, Get get) {
  const std::string_view name = entry.key.substr(entry.key.find('.') + 1);
  return {entry.key,     "--" + std::string(name), entry.value_name, entry.help, std::move(set), std::move(get), type,
          entry.commands};
}

// In all makers `field` is a generic lambda from a Recipe, const or not, to a reference to its field.
template <typename Field>
Option text(const Entry& entry, Field field) {
  return option(
      entry, OptionType::kText, [field](Recipe& recipe, std::string_view value) -> Status { return field(recipe) = value, Ok{}; },
      [field](const Recipe& recipe) { return field(recipe); });
}

template <typename Field>
Option path(const Entry& entry, Field field) {
  Option made = text(entry, field);
  made.path = true;
  return made;
}

template <typename Field>
Option on_off(const Entry& entry, Field field) {
  return option(
      entry, OptionType::kSwitch,
      [field](Recipe& recipe, std::string_view value) -> Status {
        HEADRACE_TRY(field(recipe), parse_switch(value));
        return Ok{};
      },
      [field](const Recipe& recipe) { return std::string(field(recipe) ? "true" : "false"); });
}

template <typename Field>
Option integer(const Entry& entry, int64_t low, int64_t high, Field field) {
  return option(
      entry, OptionType::kInteger,
      [=](Recipe& recipe, std::string_view value) -> Status {
        HEADRACE_TRY(const int64_t parsed, parse_integer(value, low, high));
        field(recipe) = static_cast<std::decay_t<decltype(field(recipe))>>(parsed);
        return Ok{};
      },
      [field](const Recipe& recipe) { return std::to_string(field(recipe)); });
}

template <typename Field>
Option number(const Entry& entry, double low, double high, Field field) {
  return option(
      entry, OptionType::kNumber,
      [=](Recipe& recipe, std::string_view value) -> Status {
        HEADRACE_TRY(field(recipe), parse_number(value, low, high));
        return Ok{};
      },
      [field](const Recipe& recipe) { return number_text(field(recipe)); });
}

template <typename Field>
Option integers(const Entry& entry, int64_t low, int64_t high, Field field) {
  return option(
      entry, OptionType::kIntegerList,
      [=](Recipe& recipe, std::string_view value) -> Status {
        HEADRACE_TRY(const std::vector<int> parsed, parse_integer_list(value, low, high));
        field(recipe).assign(parsed.begin(), parsed.end());
        return Ok{};
      },
      [field](const Recipe& recipe) {
        return join_integers(std::vector<int>(field(recipe).begin(), field(recipe).end()));  // what was parsed fits
      });
}

// A vector or set of names.
template <typename Field>
Option names(const Entry& entry, Field field) {
  return option(
      entry, OptionType::kTextList,
      [field](Recipe& recipe, std::string_view value) -> Status {
        const std::vector<std::string> items = split_list(value);
        field(recipe) = {items.begin(), items.end()};
        return Ok{};
      },
      [field](const Recipe& recipe) { return join_list(std::vector<std::string>(field(recipe).begin(), field(recipe).end())); });
}

// One of several words, as quant/quantize.h spells them.
template <typename Parse, typename Field>
Option choice(const Entry& entry, Parse parse, Field field) {
  return option(
      entry, OptionType::kText,
      [=](Recipe& recipe, std::string_view value) -> Status {
        HEADRACE_TRY(field(recipe), parse(value));
        return Ok{};
      },
      [field](const Recipe& recipe) { return std::string(to_string(field(recipe))); });
}

}  // namespace headrace::option_makers
