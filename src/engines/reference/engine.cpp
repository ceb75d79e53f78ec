#include <new>

#include "engines/read_source.h"
#include "engines/reference/program.h"
#include "engines/reference/reference_engine.h"
#include "engines/reference/session.h"

namespace headrace {
namespace {

Result<Model> read(const ModelSource& source) {
  auto model = read_source(source);
  if (!model && std::holds_alternative<std::string_view>(source)) return std::move(model).error().at("could not load the model");
  return model;
}

Result<std::unique_ptr<Session>> load_session(const ModelSource& source, const SessionOptions& options) {
  if (options.threads < 0) return invalid_argument("threads is " + std::to_string(options.threads) + "; 0 or more is wanted");
  HEADRACE_TRY(Model model, read(source));
  auto program = reference::Program::build(std::move(model));
  if (!program) {
    const auto* path = std::get_if<std::filesystem::path>(&source);
    return path != nullptr ? std::move(program).error().at(path->string()) : std::move(program).error();
  }
  return reference::make_session(*std::move(program), options);
}

class ReferenceEngine final : public Engine {
 public:
  std::string_view name() const override { return "reference"; }
  std::string version() const override { return HEADRACE_VERSION; }
  Status available() const override { return Ok{}; }
  bool exact() const override { return true; }
  Result<std::unique_ptr<Session>> load(const ModelSource& model, const SessionOptions& options) const override try {
    return load_session(model, options);
  } catch (const std::bad_alloc&) {
    return io_error("out of memory while loading the model");
  }
};

}  // namespace

const Engine& reference_engine() {
  static const ReferenceEngine engine;
  return engine;
}

}  // namespace headrace
