// headrace options (hidden): docs/options.md.
#include <cstdio>

#include "command.h"
#include "deploy/recipe.h"

namespace headrace::cli {

void add_options(CLI::App& app, Action* chosen) {
  add_command(app, chosen, "options", "Prints docs/options.md: every option, its key in headrace.toml and its flag.",
              {"headrace options > docs/options.md"},
              [](const Environment&) -> Status {
                std::fputs(options_markdown().c_str(), stdout);
                return Ok{};
              })
      .group("");
}

}  // namespace headrace::cli
