#include "engines/native/native_engine.h"
#include "engines/native/session.h"
#include "kernels/dispatch.h"

namespace headrace {

namespace {

class NativeEngine final : public Engine {
 public:
  std::string_view name() const override { return "native"; }
  std::string version() const override { return HEADRACE_VERSION; }
  Status available() const override {
    HEADRACE_TRY(const auto* table, kernels::select_kernels());
    (void)table;
    return Ok{};
  }
  bool exact() const override { return true; }
  Result<std::unique_ptr<Session>> load(const ModelSource& model, const SessionOptions& options) const override {
    return native::load_session(model, options);
  }
};

}  // namespace

const Engine& native_engine() {
  static const NativeEngine engine;
  return engine;
}

}  // namespace headrace
