#include "base/cpu.h"
#include "engines/ort/library.h"
#include "engines/ort/ort_engine.h"
#include "engines/ort/session.h"

namespace headrace {
namespace {

class OrtEngine final : public Engine {
 public:
  OrtEngine(std::string_view name, bool exact) : name_(name), exact_(exact) {}
  std::string_view name() const override { return name_; }
  std::string version() const override { return ort::library() ? ort::library()->version : ""; }
  Status available() const override {
    if (!ort::library()) return ort::library().error();
    return Ok{};
  }
  bool exact() const override { return exact_ || !int8_kernels_saturate(cpu_info()); }
  Result<std::unique_ptr<Session>> load(const ModelSource& model, const SessionOptions& options) const override {
    return ort::load_session(model, options, exact_);
  }

 private:
  std::string_view name_;
  bool exact_;
};

}  // namespace

const Engine& ort_engine() {
  static const OrtEngine engine("ort", false);
  return engine;
}

const Engine& ort_exact_engine() {
  static const OrtEngine engine("ort-exact", true);
  return engine;
}

}  // namespace headrace
