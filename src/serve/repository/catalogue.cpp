#include "serve/repository/catalogue.h"

#include "base/printable.h"

namespace headrace::serve {
namespace {

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

const IndexEntry* entry_of(const CatalogueModel& model, std::string_view version) {
  if (version.empty()) return model.index.empty() ? nullptr : &model.index.back();  // the newest
  for (const IndexEntry& entry : model.index)
    if (entry.version == version) return &entry;
  return nullptr;
}

Error not_ready(const CatalogueModel& model, std::string_view name, std::string_view version) {
  const IndexEntry* entry = entry_of(model, version);
  if (entry == nullptr)
    return not_found("model " + quoted(name) + " has no version " + quoted(version) +
                     "; the repository's index lists those it has");
  const std::string which = version.empty() ? "" : ", version " + std::string(version) + ",";
  return unavailable("model " + quoted(name) + which + " is not ready" + (entry->reason.empty() ? "" : ": " + entry->reason));
}

}  // namespace

Result<ServedPointer> Catalogue::find(std::string_view name, std::string_view version) const {
  const auto model = models.find(name);
  if (model == models.end())
    return not_found("there is no model " + quoted(name) + "; the repository's index lists those there are");
  const auto& ready = model->second.ready;
  if (version.empty() && !ready.empty()) return ready.rbegin()->second;
  for (const auto& [number, served] : ready)
    if (std::to_string(number) == version) return served;
  return not_ready(model->second, name, version);
}

Result<std::vector<ServedPointer>> Catalogue::select(std::string_view name, std::string_view version) const {
  std::vector<ServedPointer> selected;
  if (!name.empty()) {
    HEADRACE_TRY(ServedPointer found, find(name, version));
    if (!version.empty()) return std::vector<ServedPointer>{std::move(found)};
  }
  for (const auto& [model_name, model] : models) {
    if (!name.empty() && model_name != name) continue;
    for (const auto& [number, served] : model.ready) selected.push_back(served);
  }
  return selected;
}

std::shared_ptr<const Catalogue> PublishedCatalogue::get() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void PublishedCatalogue::publish(std::shared_ptr<const Catalogue> catalogue) {
  const std::lock_guard lock(mutex_);
  current_.swap(catalogue);
}  // the old one goes after the lock

}  // namespace headrace::serve
