#include "engines/ort/library.h"

#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "engines/shared_library.h"

namespace headrace::ort {
namespace {

constexpr const char* kFileName = "libonnxruntime.so.1";
// The newest function that is called here (GetEpDevices and its like) came with 1.22; what we test against starts one later.
// Headers may be newer than the library: a function table of this size is enough.
constexpr uint32_t kOldestApi = 23;
constexpr const char* kAdvice =
    "; run ./run setup, or pip install onnxruntime and set HEADRACE_ORT_LIBRARY to the libonnxruntime.so inside it";

std::vector<std::filesystem::path> candidates() {
  if (const char* chosen = std::getenv("HEADRACE_ORT_LIBRARY"); chosen != nullptr && *chosen != '\0')
    return {std::filesystem::absolute(chosen)};
  std::vector<std::filesystem::path> paths;
  if (const std::string built_with = HEADRACE_ORT_LIBRARY_PATH; !built_with.empty()) paths.emplace_back(built_with);
  for (auto& path : own_library_paths(kFileName)) paths.push_back(std::move(path));
  paths.emplace_back(kFileName);
  return paths;
}

// The API version of a library "1.N.P" is N. Any other major version is none that we know: 0.
uint32_t api_of(const std::string& version) {
  if (!version.starts_with("1.")) return 0;
  return static_cast<uint32_t>(std::strtoul(version.c_str() + 2, nullptr, 10));
}

// The library must not print: what it logs goes nowhere, what fails comes back as an error.
void ORT_API_CALL discard(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

Result<Library> open() {
  auto opened = SharedLibrary::open(candidates());
  if (!opened) return unavailable("ONNX Runtime is not there: " + opened.error().message + kAdvice);
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_api_base = reinterpret_cast<GetApiBase>(opened->symbol("OrtGetApiBase"));
  if (get_api_base == nullptr) return unavailable(opened->path().string() + " is not ONNX Runtime" + kAdvice);
  Library library{opened->path(), get_api_base()->GetVersionString(), nullptr};
  const uint32_t asked = std::min<uint32_t>(ORT_API_VERSION, api_of(library.version));
  const OrtApi* api = asked < kOldestApi ? nullptr : get_api_base()->GetApi(asked);
  if (api == nullptr)
    return unavailable("ONNX Runtime " + library.version + " (" + library.path.string() + ") is too old: 1." +
                       std::to_string(kOldestApi) + " or newer is needed" + kAdvice);
  Ort::InitApi(api);
  try {
    library.env = new Ort::Env(ORT_LOGGING_LEVEL_ERROR, "headrace", discard, nullptr);  // lives as long as the process
  } catch (...) {
    return exception_to_error("start", ErrorCode::kUnavailable);
  }
  return library;
}

ErrorCode code_for(OrtErrorCode code, ErrorCode otherwise) {
  switch (code) {
    case ORT_NO_SUCHFILE: return ErrorCode::kNotFound;
    case ORT_INVALID_PROTOBUF:
    case ORT_INVALID_GRAPH: return ErrorCode::kInvalidModel;
    case ORT_NOT_IMPLEMENTED: return ErrorCode::kUnsupported;
    default: return otherwise;
  }
}

}  // namespace

const Result<Library>& library() {
  static const Result<Library> library = open();
  return library;
}

Error exception_to_error(const std::string& doing, ErrorCode otherwise) {
  const std::string what = "ONNX Runtime could not " + doing + ": ";
  try {
    throw;
  } catch (const Ort::Exception& e) {
    return {code_for(e.GetOrtErrorCode(), otherwise), what + e.what(), {}};
  } catch (const std::bad_alloc&) {
    return io_error(what + "out of memory");
  } catch (const std::exception& e) {
    return {otherwise, what + e.what(), {}};
  } catch (...) {
    return {otherwise, what + "it threw something unknown", {}};
  }
}

}  // namespace headrace::ort
