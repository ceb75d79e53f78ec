// Builds the network that a checkpoint belongs to, for tests that compare with PyTorch:
//   architecture_probe CHECKPOINT OUT.onnx    prints "family name classes resolution", or its error
#include <cstdio>

#include "readers/archs/architecture.h"
#include "writers/onnx/write.h"

namespace {

headrace::Status build(const char* checkpoint, const char* out) {
  HEADRACE_TRY(const headrace::StateDict state, headrace::read_checkpoint(checkpoint));
  headrace::Architecture found;
  HEADRACE_TRY(const headrace::Model model, headrace::build_architecture(state, &found));
  std::printf("%s %s %lld %lld\n", found.family.c_str(), found.name.c_str(), static_cast<long long>(found.classes),
              static_cast<long long>(found.resolution));
  return headrace::write_onnx(model, out);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto status = build(argv[1], argv[2]);
  if (!status.ok()) std::printf("error: %s\n", status.error().describe().c_str());
  return status.ok() ? 0 : 1;
}
