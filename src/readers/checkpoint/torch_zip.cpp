#include <optional>
#include <set>

#include "base/printable.h"
#include "readers/archive/zip.h"
#include "readers/checkpoint/formats.h"
#include "readers/checkpoint/pickle/globals.h"
#include "readers/checkpoint/pickle/interpreter.h"
#include "readers/checkpoint/pickled_state_dict.h"

namespace headrace {
namespace {

// All entries lie in one folder, named after the file that was written: "resnet50/". With its slash; nullopt when there is no
// <folder>/data.pkl.
std::optional<std::string> find_root(const ZipArchive& archive) {
  for (const auto& entry : archive.entries()) {
    const size_t slash = entry.name.find('/');
    if (slash != std::string_view::npos && entry.name.substr(slash) == "/data.pkl")
      return std::string(entry.name.substr(0, slash + 1));
  }
  return std::nullopt;
}

bool any_entry(const ZipArchive& archive, std::string_view end) {
  for (const auto& entry : archive.entries())
    if (entry.name.ends_with(end)) return true;
  return false;
}

Error is_torchscript() { return refuse_program("this is a TorchScript archive"); }

// TorchScript compresses its code, and so fails to open at all.
Result<ZipArchive> open_archive(const std::shared_ptr<const MappedFile>& file) {
  auto archive = ZipArchive::open(file);
  const bool code = !archive.ok() && archive.error().context.find("/code/") != std::string::npos;
  if (code && archive.error().code == ErrorCode::kUnsupported) return is_torchscript();
  return archive;
}

Error not_a_checkpoint(const ZipArchive& archive) {
  if (any_entry(archive, "/archive_format") || any_entry(archive, "serialized_exported_program.json"))
    return unsupported("this is a torch.export archive, a model with its weights: give it as the model, not as a checkpoint");
  if (any_entry(archive, ".npy")) return unsupported("this is a .npz archive of arrays, not a checkpoint that torch.save wrote");
  return invalid_model("this is a zip archive, but not one that torch.save wrote: it holds no data.pkl");
}

// What the archive says about itself beside the pickle.
Status check_kind(const ZipArchive& archive, const std::string& root) {
  const std::string code = root + "code/";
  for (const auto& entry : archive.entries())
    if (entry.name == root + "constants.pkl" || entry.name.starts_with(code)) return is_torchscript();
  const auto* order = archive.find(root + "byteorder");
  if (order == nullptr) return Ok{};
  const std::string_view text(reinterpret_cast<const char*>(order->bytes.data()), order->bytes.size());
  if (text == "little") return Ok{};
  return unsupported("the file's byte order is '" + printable(text, 20) +
                     "', and only 'little' can be read: save it again on such a machine");
}

class ZipStorages {
 public:
  ZipStorages(const ZipArchive& archive, std::string root) : archive_(archive), root_(std::move(root)) {}

  Result<StorageBytes> read(const PickleStorage& storage) {
    const auto* entry = archive_.find(root_ + "data/" + std::string(storage.key));
    if (entry == nullptr) return invalid_model("storage '" + printable(storage.key) + "' is not in the file");
    HEADRACE_CHECK(check_storage_size(storage, storage.count, entry->bytes.size()));
    if (checked_.insert(entry).second) HEADRACE_CHECK(ZipArchive::check(*entry));
    return StorageBytes{entry->bytes, archive_.file()};
  }

 private:
  const ZipArchive& archive_;
  const std::string root_;
  std::set<const ZipArchive::Entry*> checked_;
};

}  // namespace

Result<StateDict> read_torch_zip(const std::shared_ptr<const MappedFile>& file) {
  HEADRACE_TRY(const ZipArchive archive, open_archive(file));
  const auto root = find_root(archive);
  if (!root) return not_a_checkpoint(archive);
  HEADRACE_CHECK(check_kind(archive, *root));
  const auto* pickle = archive.find(*root + "data.pkl");
  HEADRACE_CHECK(ZipArchive::check(*pickle));
  CopyBudget budget = budget_for(file->bytes().size());
  HEADRACE_CHECK(take(budget, archive.entries().size() * 2 * sizeof(ZipArchive::Entry)));
  PickleHeap heap(budget);
  size_t position = 0;
  const auto value = PickleInterpreter::read(pickle->bytes, position, heap);
  if (!value.ok()) return Error(value.error()).at(printable(pickle->name));
  ZipStorages storages(archive, *root);
  HEADRACE_TRY(StateDict state, build_state_dict(
                                    *value, heap, [&](const auto& storage) { return storages.read(storage); }, budget));
  state.format = "PyTorch zip";
  return state;
}

}  // namespace headrace
