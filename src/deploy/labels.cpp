#include "deploy/labels.h"

#include <algorithm>

#include "base/mapped_file.h"

namespace headrace {

Result<std::vector<std::string>> read_labels(const std::filesystem::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
  std::vector<std::string> labels;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    labels.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (labels.empty()) return invalid_data("the file of class names is empty").at(path.string());
  return labels;
}

Result<std::vector<std::string>> resolve_labels(const std::vector<std::string>& labels) {
  if (labels.size() != 1) return labels;
  return read_labels(labels.front());  // a model with one class has no use for names
}

std::string labels_text(const std::vector<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) text += label + "\n";
  return text;
}

}  // namespace headrace
