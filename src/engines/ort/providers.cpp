#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <unordered_map>

#include "engines/ort/session_options.h"

namespace headrace::ort {
namespace fs = std::filesystem;
namespace {

using ProviderOptions = std::unordered_map<std::string, std::string>;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// "CUDAExecutionProvider" to "CUDA".
std::string short_name(const std::string& provider) {
  constexpr std::string_view kSuffix = "ExecutionProvider";
  return provider.ends_with(kSuffix) ? provider.substr(0, provider.size() - kSuffix.size()) : provider;
}

// ONNX Runtime's spelling of a built-in provider, whatever case the caller wrote it in.
Result<std::string> canonical_name(const std::string& name) {
  std::string known;
  for (const std::string& provider : Ort::GetAvailableProviders()) {
    if (lower(short_name(provider)) == lower(short_name(name))) return short_name(provider);
    known += (known.empty() ? "" : ", ") + lower(short_name(provider));
  }
  return unavailable("this build of ONNX Runtime has no execution provider '" + name + "'; it has: " + known +
                     " (another build brings others; a plugin library is named by its path)");
}

void append_built_in(const std::string& name, const ProviderOptions& options, Ort::SessionOptions& ort) {
  if (name == "CUDA") {
    Ort::CUDAProviderOptions cuda;
    cuda.Update(options);
    ort.AppendExecutionProvider_CUDA_V2(*cuda);
  } else if (name == "Tensorrt") {
    Ort::TensorRTProviderOptions tensorrt;
    tensorrt.Update(options);
    ort.AppendExecutionProvider_TensorRT_V2(*tensorrt);
  } else {
    ort.AppendExecutionProvider(name, options);
  }
}

// The devices a plugin library offers. A library is registered once per process; its devices are those that came with it.
std::vector<Ort::ConstEpDevice> plugin_devices(const fs::path& path, Ort::Env& env) {
  static std::mutex mutex;
  static std::unordered_map<std::string, std::vector<Ort::ConstEpDevice>> registered;
  const std::lock_guard lock(mutex);
  if (const auto found = registered.find(path.string()); found != registered.end()) return found->second;
  const auto before = env.GetEpDevices();
  env.RegisterExecutionProviderLibrary(path.c_str(), path.native());
  const auto is_new = [&](const Ort::ConstEpDevice& device) {
    const OrtEpDevice* pointer = device;
    return std::none_of(before.begin(), before.end(), [&](const OrtEpDevice* old) { return old == pointer; });
  };
  auto& devices = registered[path.string()];
  for (const Ort::ConstEpDevice& device : env.GetEpDevices())
    if (is_new(device)) devices.push_back(device);
  return devices;
}

Status append_plugin(const fs::path& path, const ProviderOptions& options, Ort::Env& env, Ort::SessionOptions& ort) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return not_found("there is no execution provider library " + path.string());
  const auto devices = plugin_devices(fs::canonical(path), env);
  if (devices.empty())
    return unavailable("the execution provider library " + path.string() + " offers no device on this machine");
  ort.AppendExecutionProvider_V2(env, devices, options);
  return Ok{};
}

}  // namespace

Status append_provider(const SessionOptions& options, Ort::Env& env, Ort::SessionOptions& ort) {
  const ProviderOptions provider_options(options.provider_options.begin(), options.provider_options.end());
  const std::string& name = options.provider;
  if (name.find('/') != std::string::npos || name.ends_with(".so")) return append_plugin(name, provider_options, env, ort);
  if (name.empty() || lower(short_name(name)) == "cpu") {
    if (provider_options.empty()) return Ok{};
    return invalid_argument("the cpu execution provider takes no options ('" + provider_options.begin()->first + "' was given)");
  }
  HEADRACE_TRY(const std::string canonical, canonical_name(name));
  append_built_in(canonical, provider_options, ort);
  return Ok{};
}

}  // namespace headrace::ort
