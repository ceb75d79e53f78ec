#include "engines/engine.h"

#include <array>

#include "engines/native/native_engine.h"
#include "engines/openvino/openvino_engine.h"
#include "engines/ort/ort_engine.h"
#include "engines/reference/reference_engine.h"

namespace headrace {

std::span<const Engine* const> all_engines() {
  static const std::array<const Engine*, 5> engines{&ort_engine(), &ort_exact_engine(), &openvino_engine(), &native_engine(),
                                                    &reference_engine()};
  return engines;
}

Result<const Engine*> find_engine(std::string_view name) {
  std::string known;
  for (const Engine* engine : all_engines()) {
    if (engine->name() == name) {
      HEADRACE_CHECK(engine->available());
      return engine;
    }
    known += (known.empty() ? "" : ", ") + std::string(engine->name());
  }
  return invalid_argument("there is no engine '" + std::string(name) + "'; the engines are: " + known);
}

}  // namespace headrace
