// Runs an engine in a process of its own, for tests that need another environment:
//   probe ENGINE          prints the engine's version, or its error
//   probe ENGINE MODEL    runs the model on inputs that are 255 everywhere; prints the ISA and the first output's values
#include <algorithm>
#include <cstdio>

#include "base/cpu.h"
#include "engines/engine.h"

namespace headrace {
namespace {

Status probe(const char* name, const char* model) {
  HEADRACE_TRY(const Engine* engine, find_engine(name));
  std::printf("%s\n", model == nullptr ? engine->version().c_str() : isa_name(cpu_info()).c_str());
  if (model == nullptr) return Ok{};
  HEADRACE_TRY(const auto session, engine->load(std::filesystem::path(model), {}));
  std::vector<Tensor> inputs, outputs;
  for (const TensorSpec& spec : session->signature().inputs) {
    Tensor& input = inputs.emplace_back(Tensor::allocate(spec.dtype, known_dims(spec.shape).value()));
    std::ranges::fill(input.as_mutable<float>(), 255.0f);
  }
  HEADRACE_CHECK(session->run(inputs, outputs));
  for (const float value : outputs.at(0).as<float>()) std::printf("%a ", static_cast<double>(value));
  return Ok{};
}

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto status = headrace::probe(argv[1], argc > 2 ? argv[2] : nullptr);
  if (!status) std::printf("error: %s\n", status.error().describe().c_str());
  return status ? 0 : 1;
}
