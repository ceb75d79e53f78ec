// The models on disk, kept loaded: looks at them every so often, and serves what it finds without a pause.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "serve/repository/catalogue.h"
#include "serve/repository/model_keeper.h"

namespace headrace::serve {

struct RepositoryOptions {
  std::filesystem::path path;               // a model, or a folder of models: see scan.h
  RecipeOverlay overlay;                    // the flags, over what files say
  double poll_seconds = 1;                  // 0: the disk is looked at when look() or load() is called
  std::chrono::milliseconds drain{20'000};  // what requests of a version that is taken away may take
  EventSink events;
};

class Repository {
 public:
  // Loads everything before it returns. A model that cannot be loaded does not stop the others. Errors: those of scanning; when
  // nothing can be loaded, that of the first model with the reasons of all; not_found for a folder without models, unless it is
  // polled: then models may still come. cancelled.
  static Result<std::unique_ptr<Repository>> open(RepositoryOptions options, Backend backend, const Progress& progress);
  ~Repository();
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;

  std::shared_ptr<const Catalogue> catalogue() const { return published_.get(); }

  // Compares the disk with what is loaded, once. A change counts when it was there the last time as well: bundles that are
  // copied, not renamed, into their place are not read half-way.
  void look();
  // Loads what is on disk now, at once, even what failed before or was unloaded. Errors: not_found; those of loading.
  Status load(std::string_view model);
  // Until load() is called. Errors: not_found.
  Status unload(std::string_view model);

  // Looks no more; what is being loaded is given up as soon as it can be; requests wait for no fuller batch. Returns at once.
  void stop();
  // After stop(): lets every model finish what it has, all at the same time.
  void drain(std::chrono::milliseconds patience);

 private:
  Repository(RepositoryOptions options, Backend backend);
  Status open_all(const Progress& progress);
  Error nothing_loaded() const;
  void reconcile(const Scan& scan, const Progress& progress, bool at_once);
  void remove_missing(const Scan& scan);
  bool settled(const ModelSource& source) const;
  ModelKeeper& keeper(const std::string& name);
  void publish();
  void poll();
  Progress quiet_progress() const { return Progress({}, &stopping_); }

  const RepositoryOptions options_;
  Retirement retirement_;
  KeeperContext context_;
  std::mutex work_;  // of whoever changes what follows; requests never wait for it
  std::map<std::string, ModelKeeper, std::less<>> keepers_;
  Scan last_;  // as the disk was found the last time
  std::string last_error_;
  PublishedCatalogue published_;
  std::atomic<bool> stopping_{false};
  std::mutex poll_mutex_;
  std::condition_variable wake_;
  std::thread poller_;
};

}  // namespace headrace::serve
