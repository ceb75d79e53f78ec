// The engine choices that this machine remembers: a file each in the user's cache folder. A cache that cannot be read or written
// is no error: then engines are measured anew.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "measure/engine_choice.h"

namespace headrace {

// What a choice depends on.
struct ChoiceKey {
  std::string model;  // model_hash()
  Machine machine;
  std::string engines;  // names and versions of all that are installed: "native 0.1.0, ort 1.32.0"
  int threads = 1;
};

// A 64-bit hash, in hex, of a model file's content and of the external data beside it. Errors: those of opening the file.
Result<std::string> model_hash(const std::filesystem::path& model);
// This machine and the engines on it.
ChoiceKey choice_key(std::string model, int threads);

// $XDG_CACHE_HOME/headrace/engines, or ~/.cache/headrace/engines; empty where neither variable is an absolute path.
std::filesystem::path engine_cache_folder();
std::optional<EngineChoice> remembered_choice(const std::filesystem::path& folder, const ChoiceKey& key);
// Whether it worked.
bool remember_choice(const std::filesystem::path& folder, const ChoiceKey& key, const EngineChoice& choice);

}  // namespace headrace
