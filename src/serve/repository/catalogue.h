// What is served at a moment: an immutable table that requests read without waiting for anybody who loads or unloads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "serve/repository/served_version.h"
#include "serve/service.h"

namespace headrace::serve {

struct CatalogueModel {
  std::map<int64_t, ServedPointer> ready;  // by version
  std::vector<IndexEntry> index;           // of all versions, ready or not; the newest last
  uint64_t loads = 0, failed_loads = 0;    // of any version, so far
};

struct Catalogue {
  std::map<std::string, CatalogueModel, std::less<>> models;

  // `version` empty: the newest that is ready. Errors: not_found; unavailable with the reason where it is known but not ready.
  Result<ServedPointer> find(std::string_view model, std::string_view version) const;
  // All that are ready; `model` and `version` empty: of all models, all versions. Errors: as find().
  Result<std::vector<ServedPointer>> select(std::string_view model, std::string_view version) const;
};

// The current catalogue. The lock is held for the copy of a pointer, never while anything is done with the catalogue. (Not
// std::atomic<std::shared_ptr>: ThreadSanitizer does not understand the one of g++ 12.)
class PublishedCatalogue {
 public:
  std::shared_ptr<const Catalogue> get() const;
  void publish(std::shared_ptr<const Catalogue> catalogue);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalogue> current_ = std::make_shared<Catalogue>();
};

}  // namespace headrace::serve
