#include "serve/repository/scan.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/printable.h"
#include "deploy/deploy.h"
#include "serve/repository/stamp.h"

namespace headrace::serve {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLongestName = 128;

bool is_version(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return fs::is_regular_file(path / "model.onnx", ignored);
  return path.extension() == ".onnx" && fs::is_regular_file(path, ignored);
}

// The number that a folder's name is: digits alone, no leading zero, so that each number has one spelling.
std::optional<int64_t> version_number(const std::string& name) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || number < 1 || name.front() == '0') return std::nullopt;
  return number;
}

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with(".")) continue;  // hidden, or still being written
    entries.push_back(it->path());
  }
  if (error) return io_error("the folder cannot be read: " + error.message()).at(folder.string());
  std::sort(entries.begin(), entries.end());
  return entries;
}

VersionSource version_source(int64_t number, const fs::path& path) { return {number, path, stamp_of(path)}; }

std::vector<VersionSource> numbered_versions(const fs::path& folder) {
  std::vector<VersionSource> versions;
  const Result<std::vector<fs::path>> entries = entries_of(folder);
  if (!entries) return versions;
  for (const fs::path& entry : *entries)
    if (const auto number = version_number(entry.filename().string()); number && is_version(entry))
      versions.push_back(version_source(*number, entry));
  std::sort(versions.begin(), versions.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return versions;
}

// What serve.versions of the model folder's headrace.toml, or of the flags, says; empty: the newest.
Result<std::vector<std::string>> asked_versions(const fs::path& folder, const RecipeOverlay& overlay) {
  Recipe recipe;
  std::error_code ignored;
  if (fs::is_regular_file(folder / "headrace.toml", ignored)) {
    HEADRACE_TRY(recipe, read_recipe(folder / "headrace.toml"));
  }
  if (overlay) HEADRACE_CHECK(overlay(recipe));
  return recipe.serve_versions;
}

Result<std::vector<VersionSource>> wanted_versions(const std::vector<VersionSource>& versions,
                                                   const std::vector<std::string>& asked) {
  if (asked.empty()) return std::vector<VersionSource>{versions.back()};
  std::vector<VersionSource> wanted;
  for (const std::string& text : asked) {
    if (text == "all") return versions;
    const auto found = std::find_if(versions.begin(), versions.end(),
                                    [&](const VersionSource& version) { return std::to_string(version.number) == text; });
    if (found == versions.end())
      return not_found("serve.versions asks for '" + printable(text) + "', and there is no such version; give numbers, or all");
    wanted.push_back(*found);
  }
  return wanted;
}

// A model folder; nothing when `path` is none.
std::optional<ModelSource> model_of_versions(const fs::path& path, const RecipeOverlay& overlay) {
  ModelSource model{path.filename().string(), numbered_versions(path), {}, {}};
  if (model.versions.empty()) return std::nullopt;
  const Result<std::vector<std::string>> asked = asked_versions(path, overlay);
  const auto wanted = asked ? wanted_versions(model.versions, *asked) : Result<std::vector<VersionSource>>(asked.error());
  if (wanted) model.wanted = *wanted;
  else model.problem = wanted.error().describe();
  return model;
}

// The model that `path` is; nothing when it is none.
std::optional<ModelSource> model_at(const fs::path& path, const RecipeOverlay& overlay) {
  std::error_code ignored;
  if (is_version(path)) {
    const VersionSource only = version_source(1, path);
    return ModelSource{(fs::is_directory(path, ignored) ? path.filename() : path.stem()).string(), {only}, {only}, {}};
  }
  if (!fs::is_directory(path, ignored)) return std::nullopt;
  if (auto model = model_of_versions(path, overlay)) return model;
  if (!fs::exists(path / "headrace.toml", ignored)) return std::nullopt;
  return ModelSource{path.filename().string(), {}, {}, "a headrace.toml without a model.onnx beside it, or folders of versions"};
}

void add(Scan& scan, ModelSource model) {
  if (const Status named = check_model_name(model.name); !named) {
    model.problem = named.error().describe();
    model.name = printable(model.name, kLongestName);
    model.versions.clear();
    model.wanted.clear();
  }
  const std::string name = model.name;
  if (scan.emplace(name, std::move(model)).second) return;
  scan.at(name).problem = "a folder and a file give the same name";
  scan.at(name).wanted.clear();
}

// The path as a name can be taken from it: absolute, no slash or dot at the end. Links stay: one that leads elsewhere tomorrow is
// how some switch versions.
fs::path tidy(const fs::path& given) {
  std::error_code error;
  const fs::path absolute = fs::absolute(given, error).lexically_normal();
  if (error) return given;
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

}  // namespace

Status check_model_name(std::string_view name) {
  const auto wrong = [&](const char* what) {
    return invalid_argument("'" + printable(name, kLongestName) + "' cannot be a model's name: it " + what);
  };
  if (name.empty() || name.size() > kLongestName) return wrong("must have 1 to 128 characters");
  if (name.front() == '.' || name.find("..") != std::string_view::npos)
    return wrong("must neither begin with a dot nor hold two");
  for (const char letter : name)
    if (letter < ' ' || letter > '~' || letter == '/' || letter == '\\' || letter == '"')
      return wrong("may hold printable ASCII characters alone, but no slash, backslash or quote");
  return Ok{};
}

Result<Scan> scan_models(const fs::path& given, const RecipeOverlay& overlay) {
  std::error_code error;
  if (!fs::exists(given, error)) return not_found("there is no such file or folder").at(given.string());
  const fs::path path = tidy(given);
  Scan scan;
  // A folder that is a model by its content is one; a bare headrace.toml may be a repository's own.
  if (auto model = model_at(path, overlay); model && !model->versions.empty()) {
    add(scan, std::move(*model));
    return scan;
  }
  if (!fs::is_directory(path, error))
    return invalid_argument("this is neither a bundle, nor a folder of bundles, nor an .onnx file").at(given.string());
  HEADRACE_TRY(const std::vector<fs::path> entries, entries_of(path));
  for (const fs::path& entry : entries)
    if (auto model = model_at(entry, overlay)) add(scan, std::move(*model));
  return scan;
}

}  // namespace headrace::serve
