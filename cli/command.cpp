#include "command.h"

namespace headrace::cli {

CLI::App& add_command(CLI::App& app, Action* chosen, std::string name, std::string description,
                      const std::vector<std::string>& examples, Action action) {
  CLI::App& command = *app.add_subcommand(std::move(name), std::move(description));
  std::string footer = "Examples:";
  for (const std::string& example : examples) footer += "\n  " + example;
  command.footer(footer);
  command.callback([chosen, action = std::move(action)] { *chosen = action; });
  return command;
}

}  // namespace headrace::cli
