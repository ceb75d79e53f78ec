// Any bytes at all, as an exported program: the reader answers with a model that the verifier accepts and that can be written, or
// with an error that says something.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "ir/verify.h"
#include "readers/pt2/read.h"
#include "writers/onnx/write.h"

namespace {

[[noreturn]] void fail(const char* what, const headrace::Error& error) {
  std::fprintf(stderr, "%s: %s\n", what, error.describe().c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of its own size, so that a read behind its end is seen.
  const auto bytes = std::make_shared<const std::vector<uint8_t>>(data, data + size);
  const auto model = headrace::read_pt2(headrace::MappedFile::from_memory(std::as_bytes(std::span(*bytes)), bytes));
  if (!model.ok() && model.error().message.empty()) std::abort();
  if (!model.ok()) return 0;
  if (const auto status = headrace::verify(*model); !status.ok()) fail("the reader let an invalid graph pass", status.error());
  if (const auto written = headrace::to_onnx_bytes(*model); !written.ok())
    fail("what was read cannot be written", written.error());
  return 0;
}
