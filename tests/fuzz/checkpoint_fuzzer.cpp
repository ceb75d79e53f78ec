// Any bytes at all, as a checkpoint of each format: the reader answers with tensors, whose bytes are all there, or with an error
// that says something.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "readers/checkpoint/state_dict.h"

namespace {

// Keeps the compiler from leaving the reads out.
volatile uint8_t sink = 0;

void touch(const headrace::Tensor& tensor) {
  uint8_t sum = 0;
  for (const std::byte byte : tensor.bytes()) sum = static_cast<uint8_t>(sum + std::to_integer<uint8_t>(byte));
  sink = sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of its own size, so that a read behind its end is seen.
  const auto bytes = std::make_shared<const std::vector<uint8_t>>(data, data + size);
  const auto state = headrace::read_checkpoint(headrace::MappedFile::from_memory(std::as_bytes(std::span(*bytes)), bytes));
  if (!state.ok() && state.error().message.empty()) std::abort();
  if (!state.ok()) return 0;
  for (const headrace::NamedTensor& named : state->tensors) touch(named.tensor);
  return 0;
}
