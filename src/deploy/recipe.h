// The recipe: every option of the path from checkpoint to bundle, declared once. headrace.toml, the command line, the docs and the Python
// package all read option_table().
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data/preprocess.h"
#include "quant/quantize.h"

namespace headrace {

struct Recipe {
  // [model]
  std::string model;
  std::vector<std::string> labels;  // class names, or one path of a text file with a name a line
  // [data]
  std::string calibration, evaluation;
  std::string preprocess = "imagenet";
  bool skip_bad = false;
  // [quantize]
  QuantOptions quantize;
  // [export]
  int64_t opset = 0;  // 0: keep, raised to 13 where per-channel scales need it
  // [bench]
  std::vector<std::string> engines;  // empty: every engine that is available
  std::vector<int> threads{1};
  std::vector<int> batches{1};
  double seconds = 3;
  // [deploy]
  double max_drop = 2.0;  // percentage points of top-1 (or of agreement, without labels) that INT8 may cost
};

// One option: its key in headrace.toml ("quantize.observer"), its flag ("--observer"), help, and how to set and print it.
struct Option {
  std::string_view key;
  std::string_view flag;
  std::string_view value_name;  // "KIND", "N", "SPEC"; empty: a switch
  std::string_view help;        // one line, units and default included
  std::function<Status(Recipe&, std::string_view)> set;   // Errors: invalid_argument naming what is allowed
  std::function<std::string(const Recipe&)> get;          // in the form that set() reads
};

std::span<const Option> option_table();
const Option* find_option(std::string_view key);

// Reads headrace.toml over defaults. Relative paths in it are taken from its folder. Errors name line and key; an unknown key
// lists the nearest known one.
Result<Recipe> read_recipe(const std::filesystem::path& path);
std::string to_toml(const Recipe& recipe);

}  // namespace headrace
