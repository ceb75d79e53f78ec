// One model of the repository: brings what is loaded of it in line with what stands on disk. A version that loads takes the place
// of the one before without a gap; a version that fails to load leaves what was there.
//
// Not thread-safe: the repository calls it under its own lock.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "serve/repository/catalogue.h"
#include "serve/repository/event.h"
#include "serve/repository/retirement.h"
#include "serve/repository/scan.h"
#include "serve/repository/served_version.h"

namespace headrace::serve {

// What all keepers share.
struct KeeperContext {
  Backend backend;
  EventSink events;
  std::function<void()> publish;  // makes the new state of all models visible to requests
  Retirement& retirement;
};

class ModelKeeper {
 public:
  ModelKeeper(std::string name, const KeeperContext& context) : name_(std::move(name)), context_(context) {}

  // Loads the wanted versions that are neither loaded nor known to fail, and retires those that nothing needs any more.
  void update(const ModelSource& source, const Progress& progress);
  // Nothing of it is served until allow() is called. `reason`: for the index.
  void unload(const std::string& reason);
  void allow();
  // What failed is tried again by the next update().
  void forget_failures();

  // The first error of the wanted versions.
  std::optional<Error> failure() const;
  // Whether every wanted version is served.
  bool complete() const;
  CatalogueModel view() const;

 private:
  struct Slot {
    ServedPointer serving;
    bool loading = false;
    std::string failed_stamp;
    std::optional<Error> failure;  // of the files with that stamp
  };
  void bring_up(const VersionSource& version, const Progress& progress);
  Result<ServedPointer> load(const VersionSource& version, const Progress& progress);
  void retire_superseded();
  void retire(std::map<int64_t, Slot>::iterator slot, const std::string& why);
  bool wants(int64_t number) const;
  bool on_disk(int64_t number) const;
  IndexEntry entry(int64_t number) const;
  void tell(Event::Level level, const std::string& what, int64_t version, const std::string& detail) const;

  std::string name_;
  const KeeperContext& context_;
  ModelSource source_;
  std::map<int64_t, Slot> slots_;
  std::optional<std::string> unloaded_;  // why
  Parallelism known_;
  uint64_t loads_ = 0, failed_loads_ = 0;
};

}  // namespace headrace::serve
