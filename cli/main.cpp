// headrace: the command line. Subcommands are one file each; what they do is in src/.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "command.h"
#include "deploy/option_values.h"
#include "error.h"
#include "help_formatter.h"
#include "interrupt.h"
#include "measure/bench.h"
#include "progress_bar.h"

namespace headrace::cli {
namespace {

constexpr const char* kDescription =
    "Headrace brings a trained model to production: import, fuse, calibrate, quantise, verify, measure, serve.";
constexpr const char* kFooter =
    "Start with:\n"
    "  headrace doctor\n"
    "  headrace deploy model.onnx -o bundle --calibration photos/\n"
    "\n"
    "`headrace COMMAND --help` has the options of a command, and examples.";

std::filesystem::path this_program() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path("headrace") : path;
}

void add_commands(CLI::App& app, Action* chosen) {
  for (const auto add : {add_doctor, add_inspect, add_convert, add_quantize, add_compare, add_bench, add_profile, add_deploy,
                         add_run, add_serve, add_load, add_options})
    add(app, chosen);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  const std::string nearest(nearest_name(word, views));
  return nearest.empty() ? std::string() : "; did you mean '" + nearest + "'?";
}

// What is wrong with the first word, where a command should stand; empty when nothing is.
std::string wrong_first_word(const CLI::App& app, const std::string& word) {
  if (word == "-h" || word == "--help" || word == "--version") return {};
  if (word.starts_with("-")) return "there is no option '" + word + "' before the command";
  const std::vector<std::string> names = command_names(app);
  if (std::find(names.begin(), names.end(), word) != names.end()) return {};
  return "there is no command '" + word + "'" + did_you_mean(word, names);
}

// "headrace help quantize" means "headrace quantize --help".
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  return words;
}

std::string flag_of(const std::string& word) { return word.substr(0, word.find('=')); }

// "there is no option '--calibraton'; did you mean '--calibration'?"
std::string unexpected(const CLI::App& command) {
  const std::vector<std::string> words = command.remaining();
  const auto flag = std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with("-"); });
  if (flag == words.end()) return "there is no place for '" + words.front() + "' in this call";
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) known.push_back("--" + option->get_single_name());
  return "there is no option '" + flag_of(*flag) + "'" + did_you_mean(flag_of(*flag), known);
}

int parse_failure(CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  const auto used = app.get_subcommands();
  const std::string command = used.empty() ? "headrace" : "headrace " + used.front()->get_name();
  const bool extras =
      dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !used.empty() && used.front()->remaining_size() > 0;
  return report_wrong_call((extras ? unexpected(*used.front()) : std::string(error.what())) + "\n(see " + command + " --help)");
}

int perform(const Action& action) {
  Environment environment;
  environment.program = this_program();
  ProgressBar bar;
  const std::atomic<bool>* stop = watch_for_interrupt();
  environment.progress =
      Progress([&](std::string_view stage, int64_t done, int64_t total) { bar.update(stage, done, total); }, stop);
  const Status status = action(environment);
  bar.clear();
  if (!status) return report(stop->load() ? cancelled() : status.error());
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return report(io_error("cannot write the results to standard output"));
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "headrace");
  Action action;
  app.formatter(std::make_shared<HelpFormatter>());  // before the subcommands: they inherit it
  app.footer(kFooter);
  app.set_help_flag("-h,--help", "Show this help");
  app.set_version_flag("--version", std::string("headrace ") + HEADRACE_VERSION, "Show the version");
  app.require_subcommand(1);
  add_commands(app, &action);
  std::vector<std::string> words = words_of(argc, argv);
  if (words.empty()) {
    std::fputs(app.help().c_str(), stderr);
    return kWrongCall;
  }
  if (const std::string wrong = wrong_first_word(app, words.front()); !wrong.empty())
    return report_wrong_call(wrong + "\n(see headrace --help)");
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return parse_failure(app, error);
  }
  return perform(action);
}

}  // namespace
}  // namespace headrace::cli

int main(int argc, char** argv) {
  using namespace headrace;
  try {
    if (argc == 4 && std::string_view(argv[1]) == "bench-worker")  // started by bench(), never by hand
      return bench_worker(std::atoi(argv[2]), std::atoi(argv[3]));
    return cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    return cli::report(io_error("out of memory; `headrace doctor` shows how much this process may use"));
  } catch (const std::exception& error) {
    return cli::report(
        internal_error(std::string("unexpected: ") + error.what() + "; this is a bug in Headrace, please report it"));
  }
}
