// Any bytes at all: the reader answers with a model or an error. A model it accepts can be written, and what was written is read
// again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "ir/text.h"
#include "ir/verify.h"
#include "readers/onnx/read.h"
#include "writers/onnx/write.h"

namespace {

void require(const headrace::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s: %s\n", what, status.error().describe().c_str());
  std::abort();
}

template <typename T>
headrace::Status status_of(headrace::Result<T>& result) {
  if (result.ok()) return headrace::Ok{};
  return result.error();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto model = headrace::read_onnx_bytes(std::as_bytes(std::span(data, size)));
  if (!model.ok()) return 0;
  require(headrace::verify(*model), "the reader let an invalid graph pass");
  const std::string text = headrace::to_text(*model);
  auto written = headrace::to_onnx_bytes(*model);
  require(status_of(written), "what was read cannot be written");
  auto again = headrace::read_onnx_bytes(std::as_bytes(std::span(*written)));
  require(status_of(again), "what was written cannot be read");
  return 0;
}
