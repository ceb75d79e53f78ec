// Any bytes at all as a picture: it decodes and becomes a tensor, or an error says why not.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "data/preprocess.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto image = headrace::decode_image(std::as_bytes(std::span(data, size)));
  if (!image.ok() || image->rgb.size() > 1 << 20) return 0;  // large ones are refused elsewhere, and slow here
  const headrace::Preprocess preprocess{.resize = 24, .crop = 17, .interpolation = headrace::Interpolation::kBicubic};
  const auto tensor = headrace::apply_preprocess(preprocess, *image);
  if (tensor.ok() && tensor->dims() != headrace::Dims{3, 17, 17}) std::abort();
  return 0;
}
