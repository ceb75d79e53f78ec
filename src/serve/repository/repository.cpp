#include "serve/repository/repository.h"

#include <algorithm>
#include <exception>
#include <vector>

#include "base/printable.h"

namespace headrace::serve {
namespace {

Error unknown_model(std::string_view name) { return not_found("the repository has no model '" + printable(name) + "'"); }

}  // namespace

Repository::Repository(RepositoryOptions options, Backend backend)
    : options_(std::move(options)),
      retirement_(options_.drain),
      context_{std::move(backend), options_.events, [this] { publish(); }, retirement_} {}

Repository::~Repository() {
  stop();
  if (poller_.joinable()) poller_.join();
}

Result<std::unique_ptr<Repository>> Repository::open(RepositoryOptions options, Backend backend, const Progress& progress) {
  std::unique_ptr<Repository> repository(new Repository(std::move(options), std::move(backend)));
  HEADRACE_CHECK(repository->open_all(progress));
  if (repository->options_.poll_seconds > 0) repository->poller_ = std::thread([&r = *repository] { r.poll(); });
  return repository;
}

Status Repository::open_all(const Progress& progress) {
  const std::lock_guard lock(work_);
  HEADRACE_TRY(last_, scan_models(options_.path, options_.overlay));
  reconcile(last_, progress, true);
  HEADRACE_CHECK(progress.check());
  const auto catalogue = published_.get();
  const bool any = std::any_of(catalogue->models.begin(), catalogue->models.end(),
                               [](const auto& model) { return !model.second.ready.empty(); });
  if (any || (last_.empty() && options_.poll_seconds > 0)) return Ok{};
  return nothing_loaded();
}

Error Repository::nothing_loaded() const {
  if (keepers_.empty())
    return not_found("there is no model in this folder: neither bundles (`headrace deploy` writes them) nor .onnx files")
        .at(options_.path.string());
  std::optional<Error> first;
  std::string reasons;
  for (const auto& [name, keeper] : keepers_) {
    const std::optional<Error> failure = keeper.failure();
    if (!failure) continue;
    if (!first) first = failure;
    reasons += "\n  " + name + ": " + failure->describe();
  }
  if (keepers_.size() == 1 && first) return *first;
  return {first ? first->code : ErrorCode::kInternal, "no model can be loaded:" + reasons, options_.path.string()};
}

ModelKeeper& Repository::keeper(const std::string& name) { return keepers_.try_emplace(name, name, context_).first->second; }

// Whether the model was found like this the last time as well. All of its versions count: while one is being replaced, an older
// one must not take its place for a moment.
bool Repository::settled(const ModelSource& source) const {
  const auto before = last_.find(source.name);
  if (before == last_.end()) return false;
  return std::equal(source.versions.begin(), source.versions.end(), before->second.versions.begin(),
                    before->second.versions.end(), [](const VersionSource& a, const VersionSource& b) {
                      return a.number == b.number && a.path == b.path && a.stamp == b.stamp;
                    });
}

void Repository::reconcile(const Scan& scan, const Progress& progress, bool at_once) {
  for (const auto& [name, source] : scan) {
    if (progress.stop_requested()) return;
    if (at_once || settled(source)) keeper(name).update(source, progress);
  }
  remove_missing(scan);
  publish();
}

// Models that were gone the last time as well: deploy takes a folder away a moment before it puts another in its place.
void Repository::remove_missing(const Scan& scan) {
  for (auto keeper = keepers_.begin(); keeper != keepers_.end();) {
    if (scan.contains(keeper->first) || last_.contains(keeper->first)) {
      ++keeper;
      continue;
    }
    keeper->second.unload("its files are gone");
    keeper = keepers_.erase(keeper);
  }
}

void Repository::look() {
  const std::lock_guard lock(work_);
  Result<Scan> scan = scan_models(options_.path, options_.overlay);
  const std::string error = scan ? std::string() : scan.error().describe();
  if (error != last_error_ && !error.empty() && options_.events)
    options_.events({Event::Level::kError, "the repository cannot be read; what is loaded serves on", "", "", error});
  last_error_ = error;
  if (!scan) return;
  reconcile(*scan, quiet_progress(), false);
  last_ = std::move(*scan);
}

Status Repository::load(std::string_view model) {
  const std::lock_guard lock(work_);
  HEADRACE_TRY(const Scan scan, scan_models(options_.path, options_.overlay));
  const auto source = scan.find(model);
  if (source == scan.end()) return unknown_model(model);
  ModelKeeper& kept = keeper(source->first);
  kept.allow();
  kept.forget_failures();
  kept.update(source->second, quiet_progress());
  publish();
  last_[source->first] = source->second;
  if (stopping_) return unavailable("the server is being shut down");
  if (const std::optional<Error> failure = kept.failure()) return *failure;
  return Ok{};
}

Status Repository::unload(std::string_view model) {
  const std::lock_guard lock(work_);
  const auto kept = keepers_.find(model);
  if (kept == keepers_.end()) return unknown_model(model);
  kept->second.unload("unloaded on request");
  return Ok{};
}

void Repository::publish() {
  auto catalogue = std::make_shared<Catalogue>();
  for (const auto& [name, keeper] : keepers_) catalogue->models.emplace(name, keeper.view());
  published_.publish(std::move(catalogue));
}

void Repository::poll() {
  std::unique_lock lock(poll_mutex_);
  while (!wake_.wait_for(lock, std::chrono::duration<double>(options_.poll_seconds), [&] { return stopping_.load(); })) {
    lock.unlock();
    try {
      look();
    } catch (const std::exception& error) {  // no memory, say: the next look may find some
      if (options_.events) options_.events({Event::Level::kError, "looking at the repository failed", "", "", error.what()});
    }
    lock.lock();
  }
}

void Repository::stop() {
  {
    const std::lock_guard lock(poll_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  const auto current = catalogue();
  for (const auto& [name, model] : current->models)
    for (const auto& [number, version] : model.ready) version->model->hurry();
}

void Repository::drain(std::chrono::milliseconds patience) {
  std::vector<std::thread> drains;
  const auto current = catalogue();
  for (const auto& [name, model] : current->models)
    for (const auto& [number, version] : model.ready)
      drains.emplace_back([&, served = version] { served->model->drain(patience); });
  for (std::thread& drain : drains) drain.join();
}

}  // namespace headrace::serve
