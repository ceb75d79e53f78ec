#include <cstdlib>

#include "base/cpu.h"
#include "engines/openvino/module.h"
#include "engines/openvino/openvino_engine.h"
#include "engines/shared_library.h"

namespace headrace {
namespace {

constexpr const char* kModule = "libheadrace_openvino.so";
constexpr const char* kAdvice = "; run ./run setup and build again, or point HEADRACE_OPENVINO_MODULE at the module";

std::vector<std::filesystem::path> candidates() {
  if (const char* chosen = std::getenv("HEADRACE_OPENVINO_MODULE"); chosen != nullptr && *chosen != '\0')
    return {std::filesystem::absolute(chosen)};
  auto paths = own_library_paths(kModule);
  if (const std::string built = HEADRACE_OPENVINO_MODULE_PATH; !built.empty()) paths.emplace_back(built);
  return paths;
}

Result<const Engine*> open() {
  auto library = SharedLibrary::open(candidates());
  if (!library) return unavailable("OpenVINO is not there: " + library.error().message + kAdvice);
  const auto factory = reinterpret_cast<decltype(&headrace_openvino_engine)>(library->symbol("headrace_openvino_engine"));
  const Engine* engine = factory != nullptr ? factory(HEADRACE_VERSION) : nullptr;
  if (engine == nullptr) return unavailable(library->path().string() + " is not of this version of Headrace" + kAdvice);
  return engine;
}

const Result<const Engine*>& module() {
  static const Result<const Engine*> engine = open();
  return engine;
}

// Answers what can be answered without OpenVINO, and opens the module for the rest.
class OpenVinoLoader final : public Engine {
 public:
  std::string_view name() const override { return "openvino"; }
  std::string version() const override { return module() ? (*module())->version() : ""; }
  Status available() const override {
    if (!module()) return module().error();
    return (*module())->available();
  }
  bool exact() const override { return !int8_kernels_saturate(cpu_info()); }
  Result<std::unique_ptr<Session>> load(const ModelSource& model, const SessionOptions& options) const override {
    if (!module()) return module().error();
    return (*module())->load(model, options);
  }
};

}  // namespace

const Engine& openvino_engine() {
  static const OpenVinoLoader engine;
  return engine;
}

}  // namespace headrace
