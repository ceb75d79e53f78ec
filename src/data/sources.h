// The kinds of data behind open_dataset(), one function and one file each.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace headrace {

using DatasetResult = Result<std::unique_ptr<Dataset>>;

struct PictureFile {
  std::filesystem::path path;
  std::optional<int64_t> label;
};

// .jpg, .jpeg or .png, in any case.
bool is_picture_name(const std::filesystem::path& path);
// `files` must not be empty; all of them are labelled, or none is.
DatasetResult picture_dataset(std::vector<PictureFile> files, std::vector<std::string> class_names, const Signature& signature,
                              const DatasetOptions& options);

DatasetResult folder_dataset(const std::filesystem::path& folder, const Signature& signature, const DatasetOptions& options);
DatasetResult list_dataset(const std::filesystem::path& list, const Signature& signature, const DatasetOptions& options);
DatasetResult npy_dataset(const std::filesystem::path& path, const Signature& signature);
DatasetResult npz_dataset(const std::filesystem::path& path, const Signature& signature);

// "a, b".
std::string join(const std::vector<std::string>& parts);
std::string input_names(const Signature& signature);
std::string lower_extension(const std::filesystem::path& path);

}  // namespace headrace
