// Stands in for ONNX Runtime 1.17: asked for a newer function table than its own it has none, as the real one.
#include <onnxruntime_c_api.h>

namespace {

const OrtApi* ORT_API_CALL get_api(uint32_t version) noexcept {
  static const OrtApi none{};
  return version <= 17 ? &none : nullptr;
}
const char* ORT_API_CALL get_version() noexcept { return "1.17.3"; }

}  // namespace

extern "C" const OrtApiBase* ORT_API_CALL OrtGetApiBase() noexcept {
  static const OrtApiBase base{get_api, get_version};
  return &base;
}
