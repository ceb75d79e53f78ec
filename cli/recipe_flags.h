// Command-line flags out of the option table.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "deploy/recipe.h"

namespace headrace::cli {

// Adds the flags that a command offers, keeps what was given, and lays it over a recipe.
class RecipeFlags {
 public:
  // This object must outlive the parsing.
  void add(CLI::App& command, std::string_view name);
  // Errors: invalid_argument naming the flag.
  Status apply(Recipe& recipe) const;
  bool given(std::string_view key) const;

 private:
  void add_switch(CLI::App& command, const Option& option);
  std::vector<std::pair<const Option*, std::string>> given_;
};

}  // namespace headrace::cli
