// The recipe: every option of the path from checkpoint to bundle, declared once. headrace.toml, the command line, the docs and
// the Python package all read option_table().
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data/preprocess.h"
#include "deploy/serve_options.h"
#include "quant/quantize.h"

namespace headrace {

// Stands for an engine that Headrace chooses by measuring.
inline constexpr std::string_view kAuto = "auto";

struct Recipe {
  Recipe() { serve.threads = 1; }  // `headrace run` has one caller, and a thread is what bundles are measured with

  // Top level
  std::string model;
  std::string weights;              // a checkpoint to take the place of an exported program's own weights; empty: none
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
  std::vector<std::string> engines;  // empty, or with kAuto among them: every engine that is available
  std::vector<int> threads{1};
  std::vector<int> batches{1};
  std::vector<int> clients{1};
  double seconds = 3;
  // [deploy]
  double max_drop = 2.0;  // percentage points of top-1 (or of agreement, without labels) that INT8 may cost
  // [serve]; engine and threads count for `headrace run` as well. engine in a bundle: what it was measured fastest on; empty: as
  // kAuto, but a known choice will do.
  serve::ModelOptions serve;
  std::vector<std::string> serve_versions;  // that a server keeps loaded: "all", or numbers; empty: the newest
  // [server]
  serve::ServerOptions server;
};

enum class OptionType { kText, kSwitch, kInteger, kNumber, kTextList, kIntegerList };

// One option: its key in headrace.toml ("quantize.observer"), its flag ("--observer"), help, and how to set and print it.
struct Option {
  std::string_view key;
  std::string flag;                                      // "--" and the last part of the key
  std::string_view value_name;                           // "KIND", "N", "SPEC"; empty: a switch
  std::string_view help;                                 // one line, units and default included
  std::function<Status(Recipe&, std::string_view)> set;  // Errors: invalid_argument naming what is allowed
  std::function<std::string(const Recipe&)> get;         // in the form that set() reads
  OptionType type = OptionType::kText;
  std::string_view commands;  // the commands that have the flag: "quantize deploy"
  bool path = false;          // in a headrace.toml, relative to that file's folder ("-" excepted: a standard stream)
  bool only_if_set = false;   // to_toml() leaves it out while it has its default value
};

std::span<const Option> option_table();
const Option* find_option(std::string_view key);
// Whether `command` takes this option as a flag.
bool offered_by(const Option& option, std::string_view command);

// Reads headrace.toml over defaults. Relative paths in it are taken from its folder. Errors name line and key; an unknown key
// lists the nearest known one.
Result<Recipe> read_recipe(const std::filesystem::path& path);
// The same from text; `folder` is what relative paths are taken from.
Result<Recipe> parse_recipe(std::string_view toml, const std::filesystem::path& folder);
std::string to_toml(const Recipe& recipe);

// docs/options.md: the table for readers.
std::string options_markdown();

}  // namespace headrace
