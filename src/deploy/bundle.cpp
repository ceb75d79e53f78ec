// Opening a bundle that deploy() wrote.
#include "base/mapped_file.h"
#include "deploy/deploy.h"
#include "deploy/labels.h"
#include "deploy/signature_json.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

Result<Signature> read_signature(const fs::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  Result<Signature> signature = parse_signature({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()});
  if (!signature) return std::move(signature).error().at(path.string());
  return signature;
}

Result<std::optional<EngineChoice>> read_choice(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::optional<EngineChoice>();
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  Result<EngineChoice> choice = parse_engine_choice({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()});
  if (!choice) return std::move(choice).error().at(path.string());
  return std::optional(std::move(*choice));
}

}  // namespace

bool is_bundle(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "headrace.toml", ignored) && fs::is_regular_file(path / "model.onnx", ignored);
}

Result<Bundle> open_bundle(const fs::path& folder) {
  if (!is_bundle(folder))
    return not_found("this is not a bundle: a folder with headrace.toml and model.onnx, as `headrace deploy` writes it")
        .at(folder.string());
  Bundle bundle;
  bundle.folder = folder;
  HEADRACE_TRY(bundle.recipe, read_recipe(folder / "headrace.toml"));
  HEADRACE_TRY(bundle.signature, read_signature(folder / "signature.json"));
  std::error_code ignored;
  if (fs::exists(folder / "labels.txt", ignored)) {
    HEADRACE_TRY(bundle.labels, read_labels(folder / "labels.txt"));
  }
  HEADRACE_TRY(bundle.choice, read_choice(folder / "engine.json"));
  bundle.engine = bundle.recipe.serve.engine;
  bundle.threads = bundle.recipe.serve.threads;
  return bundle;
}

}  // namespace headrace
