// How --help is laid out: a list of commands with one sentence each, options wrapped to a readable width.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace headrace::cli {

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_option(const CLI::Option* option, bool positional) const override;
};

}  // namespace headrace::cli
