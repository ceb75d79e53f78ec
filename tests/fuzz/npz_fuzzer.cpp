// Any bytes at all, as an array and as an archive of arrays: the reader answers with tensors or an error, and what it read is
// written and read again as the same bits.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "data/npz.h"

namespace {

void require_round_trip(const headrace::Tensor& tensor) {
  const std::string text = headrace::to_npy(tensor);
  const auto again = headrace::parse_npy(std::as_bytes(std::span(text)));
  if (!again.ok() || !again->same_bits(tensor)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto tensor = headrace::parse_npy(bytes); tensor.ok()) require_round_trip(*tensor);
  if (const auto arrays = headrace::parse_npz(bytes); arrays.ok())
    for (const auto& [name, tensor] : *arrays) require_round_trip(tensor);
  return 0;
}
