// Which format a checkpoint has, and what all formats have in common: names without prefix, none of them twice.
#include <algorithm>
#include <array>
#include <optional>

#include "base/little_endian.h"
#include "base/printable.h"
#include "proto/guard.h"
#include "readers/checkpoint/formats.h"

namespace headrace {
namespace {

using Bytes = std::span<const std::byte>;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Error describe_other_file(std::string_view text) {
  if (text.empty()) return invalid_model("the file is empty");
  if (text.starts_with("version https://git-lfs"))
    return invalid_model("this is a Git LFS pointer, not the file it stands for: run `git lfs pull`");
  if (text.starts_with("<!DOCTYPE") || text.starts_with("<!doctype") || text.starts_with("<html"))
    return invalid_model("this is a web page, not a checkpoint: the download went wrong");
  if (text.size() > 262 && text.substr(257, 5) == "ustar")
    return unsupported(
        "this is a tar archive: if it is a checkpoint from before PyTorch 0.1.13, load and save it again in Python");
  return invalid_model("this is no checkpoint: neither torch.save's zip nor its legacy format, nor safetensors");
}

Result<StateDict> read_any(const std::shared_ptr<const MappedFile>& file) {
  const std::string_view text = text_of(file->bytes());
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) return read_torch_zip(file);
  if (text.starts_with("\x80")) return read_torch_legacy(file);
  if (text.size() > 8 && text[8] == '{') return read_safetensors(file);
  return describe_other_file(text);
}

Status check_names(const StateDict& state) {
  std::vector<std::string_view> names;
  names.reserve(state.tensors.size());
  for (const NamedTensor& named : state.tensors) names.push_back(named.name);
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin != names.end()) return invalid_model("the tensor '" + printable(*twin) + "' is there twice");
  return Ok{};
}

// The wrappers of data parallelism, torch.compile and training frameworks.
constexpr std::array<std::string_view, 5> kPrefixes = {"module.", "_orig_mod.", "model.", "net.", "network."};

std::optional<std::string_view> common_prefix(const StateDict& state) {
  for (const std::string_view prefix : kPrefixes) {
    const auto has = [&](const NamedTensor& named) {
      return named.name.size() > prefix.size() && named.name.starts_with(prefix);
    };
    if (std::all_of(state.tensors.begin(), state.tensors.end(), has)) return prefix;
  }
  return std::nullopt;
}

void strip_prefixes(StateDict& state) {
  if (state.tensors.empty()) return;
  while (const auto prefix = common_prefix(state)) {
    for (NamedTensor& named : state.tensors) named.name.erase(0, prefix->size());
    state.stripped_prefix += *prefix;
  }
}

}  // namespace

const Tensor* StateDict::find(std::string_view name) const {
  for (const NamedTensor& named : tensors)
    if (named.name == name) return &named.tensor;
  return nullptr;
}

Error too_many_tensors() { return unsupported("the checkpoint holds more than " + std::to_string(kMaxTensors) + " tensors"); }

Result<StateDict> read_checkpoint(const std::shared_ptr<const MappedFile>& file) {
  HEADRACE_TRY(StateDict state, guard(ErrorCode::kInvalidModel, [&] { return read_any(file); }));
  HEADRACE_CHECK(check_names(state));
  strip_prefixes(state);
  return state;
}

Result<StateDict> read_checkpoint(const std::filesystem::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  auto state = read_checkpoint(file);
  if (!state.ok()) return std::move(state).error().at(path.string());
  return state;
}

}  // namespace headrace
