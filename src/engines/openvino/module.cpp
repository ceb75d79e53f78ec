#include "engines/openvino/module.h"

#include <cstring>
#include <openvino/core/version.hpp>

#include "base/cpu.h"
#include "engines/openvino/session.h"

namespace headrace {
namespace {

class OpenVinoEngine final : public Engine {
 public:
  std::string_view name() const override { return "openvino"; }
  // "2026.4.1-22345-abcdef-releases/2026/4" without what follows the first "-".
  std::string version() const override {
    const std::string build = ov::get_openvino_version().buildNumber;
    return build.substr(0, build.find('-'));
  }
  Status available() const override { return Ok{}; }
  bool exact() const override { return !int8_kernels_saturate(cpu_info()); }
  Result<std::unique_ptr<Session>> load(const ModelSource& model, const SessionOptions& options) const override {
    return openvino::load_session(model, options);
  }
};

}  // namespace
}  // namespace headrace

extern "C" __attribute__((visibility("default"))) const headrace::Engine* headrace_openvino_engine(const char* headrace_version) {
  static const headrace::OpenVinoEngine engine;
  return std::strcmp(headrace_version, HEADRACE_VERSION) == 0 ? &engine : nullptr;
}
