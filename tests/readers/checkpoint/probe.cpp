// Prints what a checkpoint holds, for tests that compare with PyTorch:
//   checkpoint_probe FILE    "format | found under | stripped prefix", then "name dtype [dims] CRC-32" of each tensor; or its
//   error
#include <zlib.h>

#include <cstdio>

#include "readers/checkpoint/state_dict.h"

namespace {

void print(const headrace::NamedTensor& named) {
  const auto bytes = named.tensor.bytes();
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  std::printf("%s %s %s %08lx\n", named.name.c_str(), std::string(headrace::to_string(named.tensor.dtype())).c_str(),
              headrace::to_string(named.tensor.dims()).c_str(), crc);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto state = headrace::read_checkpoint(argv[1]);
  if (!state.ok()) {
    std::printf("error: %s\n", state.error().describe().c_str());
    return 1;
  }
  std::printf("%s | %s | %s\n", state->format.c_str(), state->found_under.c_str(), state->stripped_prefix.c_str());
  for (const auto& named : state->tensors) print(named);
  return 0;
}
