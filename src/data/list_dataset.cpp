// A text list: "path" or "path label" a line; paths are relative to the list's folder, labels are class numbers. Empty lines are
// left out.
#include <algorithm>
#include <charconv>

#include "base/mapped_file.h"
#include "data/sources.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The last word is the label where it is a number and a path stands before it (so that paths may hold spaces).
PictureFile parse_line(std::string_view line, const fs::path& folder) {
  const size_t space = line.find_last_of(" \t");
  if (space != line.npos) {
    int64_t label = -1;
    const auto [end, error] = std::from_chars(line.data() + space + 1, line.data() + line.size(), label);
    if (error == std::errc{} && end == line.data() + line.size() && label >= 0)
      return {folder / trim(line.substr(0, space)), label};
  }
  return {folder / line, std::nullopt};
}

Status check_line(const PictureFile& file, const std::vector<PictureFile>& before) {
  if (!is_picture_name(file.path))
    return invalid_data(file.path.string() +
                        " is not named as a picture (.jpg, .jpeg, .png); a line is \"path\" or \"path label\"");
  if (!before.empty() && before.front().label.has_value() != file.label.has_value())
    return invalid_data(file.label ? "this line has a label, but those before it have none"
                                   : "this line has no label, but those before it have one");
  return Ok{};
}

}  // namespace

DatasetResult list_dataset(const fs::path& list, const Signature& signature, const DatasetOptions& options) {
  HEADRACE_TRY(const auto mapped, MappedFile::open(list));
  std::string_view text(reinterpret_cast<const char*>(mapped->bytes().data()), mapped->bytes().size());
  std::vector<PictureFile> files;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    PictureFile file = parse_line(line, list.parent_path());
    Status status = check_line(file, files);
    std::error_code ignored;
    if (status.ok() && !options.skip_bad && !fs::exists(file.path, ignored))
      status = not_found("there is no file " + file.path.string());
    if (!status.ok()) return std::move(status).error().at("line " + std::to_string(number)).at(list.string());
    files.push_back(std::move(file));
  }
  if (files.empty()) return invalid_data("the list names no pictures").at(list.string());
  return picture_dataset(std::move(files), {}, signature, options);
}

}  // namespace headrace
