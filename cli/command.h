// What every subcommand needs: how it registers, what it is given when it runs.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"

namespace headrace::cli {

struct Environment {
  Progress progress;
  std::filesystem::path program;  // this binary
};

// What the chosen subcommand does once the command line has been read.
using Action = std::function<Status(const Environment&)>;

// One subcommand with its help; when it is the one that is called, `action` becomes `*chosen`.
CLI::App& add_command(CLI::App& app, Action* chosen, std::string name, std::string description,
                      const std::vector<std::string>& examples, Action action);

void add_doctor(CLI::App& app, Action* chosen);
void add_inspect(CLI::App& app, Action* chosen);
void add_convert(CLI::App& app, Action* chosen);
void add_quantize(CLI::App& app, Action* chosen);
void add_compare(CLI::App& app, Action* chosen);
void add_bench(CLI::App& app, Action* chosen);
void add_profile(CLI::App& app, Action* chosen);
void add_deploy(CLI::App& app, Action* chosen);
void add_run(CLI::App& app, Action* chosen);
void add_serve(CLI::App& app, Action* chosen);
void add_load(CLI::App& app, Action* chosen);
void add_options(CLI::App& app, Action* chosen);

}  // namespace headrace::cli
