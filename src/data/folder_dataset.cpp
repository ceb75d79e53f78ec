// A folder of pictures, or of sub-folders of pictures: each sub-folder is then a class, numbered in the order of the names.
#include <algorithm>
#include <map>

#include "data/sources.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

struct Listing {
  std::vector<fs::path> pictures, folders;  // by name
  std::map<std::string, int> others;        // how many files of each extension are of no use
};

Result<Listing> list_folder(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  Listing listing;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path& path = entries->path();
    std::error_code gone;  // of an entry: then it is taken for a file, and reading it tells
    if (path.filename().string().starts_with('.')) continue;
    if (entries->is_directory(gone)) listing.folders.push_back(path);
    else if (is_picture_name(path)) listing.pictures.push_back(path);
    else ++listing.others[path.has_extension() ? lower_extension(path) : "without extension"];
  }
  if (error) return io_error("the folder cannot be read: " + error.message()).at(folder.string());
  std::sort(listing.pictures.begin(), listing.pictures.end());
  std::sort(listing.folders.begin(), listing.folders.end());
  return listing;
}

Error nothing_usable(const fs::path& folder, const Listing& top, const std::map<std::string, int>& others) {
  std::vector<std::string> found;
  for (const auto& [extension, count] : others) found.push_back(std::to_string(count) + " " + extension);
  if (!top.folders.empty()) found.push_back(std::to_string(top.folders.size()) + " sub-folders without pictures");
  const std::string what = found.empty() ? "it is empty" : "it holds " + join(found);
  return invalid_data("the folder has no .jpg, .jpeg or .png picture: " + what).at(folder.string());
}

}  // namespace

DatasetResult folder_dataset(const fs::path& folder, const Signature& signature, const DatasetOptions& options) {
  HEADRACE_TRY(const Listing top, list_folder(folder));
  std::vector<PictureFile> labelled;
  std::vector<std::string> class_names;
  std::map<std::string, int> others = top.others;
  for (const fs::path& sub_folder : top.folders) {
    HEADRACE_TRY(const Listing listing, list_folder(sub_folder));
    const auto label = static_cast<int64_t>(class_names.size());
    for (const fs::path& picture : listing.pictures) labelled.push_back({picture, label});
    for (const auto& [extension, count] : listing.others) others[extension] += count;
    class_names.push_back(sub_folder.filename().string());  // a class without pictures keeps its number
  }
  if (!labelled.empty() && !top.pictures.empty())
    return invalid_data("the folder has pictures both beside and inside its sub-folders: sub-folders are classes, so move the " +
                        std::to_string(top.pictures.size()) + " pictures beside them away")
        .at(folder.string());
  if (!labelled.empty()) return picture_dataset(std::move(labelled), std::move(class_names), signature, options);
  if (top.pictures.empty()) return nothing_usable(folder, top, others);
  std::vector<PictureFile> files;
  for (const fs::path& picture : top.pictures) files.push_back({picture, std::nullopt});
  return picture_dataset(std::move(files), {}, signature, options);
}

}  // namespace headrace
