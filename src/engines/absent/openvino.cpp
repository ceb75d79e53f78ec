#include "engines/openvino/openvino_engine.h"

namespace headrace {
namespace {

class AbsentOpenVino final : public Engine {
 public:
  std::string_view name() const override { return "openvino"; }
  std::string version() const override { return ""; }
  Status available() const override { return error(); }
  bool exact() const override { return false; }
  Result<std::unique_ptr<Session>> load(const ModelSource&, const SessionOptions&) const override { return error(); }

 private:
  static Error error() {
    return unavailable(
        "this build of Headrace has no OpenVINO engine: CMake did not find OpenVINO, HEADRACE_OPENVINO was off, or sanitizers "
        "were "
        "on; run ./run setup and build again");
  }
};

}  // namespace

const Engine& openvino_engine() {
  static const AbsentOpenVino engine;
  return engine;
}

}  // namespace headrace
