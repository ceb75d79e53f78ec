// What stands in a repository on disk: models, their versions, and stamps that tell when files have changed.
//
// A model is a bundle, a folder with a model.onnx alone, an .onnx file, or a folder of such whose names are version numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "deploy/predict.h"

namespace headrace::serve {

struct VersionSource {
  int64_t number = 1;  // the folder's name; 1 where a model has no folders of versions
  std::filesystem::path path;
  std::string stamp;  // of the files that matter: inode, size and time of change
};

struct ModelSource {
  std::string name;
  std::vector<VersionSource> versions;  // in ascending order
  std::vector<VersionSource> wanted;    // those that should be loaded: the newest, or what serve.versions asks for
  std::string problem;                  // why nothing of it can be loaded; empty: nothing is wrong so far
};

using Scan = std::map<std::string, ModelSource, std::less<>>;  // by name

// Errors: invalid_argument for what can be no model's name: empty, "..", slashes, control characters, ...
Status check_model_name(std::string_view name);

// `given` is a model of any of the kinds above, or a folder of models. `overlay` is laid over what a model folder's headrace.toml
// says. What is wrong with one model is its `problem`; files and folders that are no models are passed over. Errors: not_found
// when there is no such path, io when it cannot be read.
Result<Scan> scan_models(const std::filesystem::path& given, const RecipeOverlay& overlay);

}  // namespace headrace::serve
