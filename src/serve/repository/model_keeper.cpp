#include "serve/repository/model_keeper.h"

#include <algorithm>
#include <exception>
#include <set>

#include "serve/repository/stamp.h"

namespace headrace::serve {
namespace {

bool holds(const std::vector<VersionSource>& versions, int64_t number) {
  return std::any_of(versions.begin(), versions.end(), [&](const VersionSource& version) { return version.number == number; });
}

// Loading reads files of anybody's making with libraries of anybody's making: an exception is one version's failure.
template <typename Body>
auto guarded(const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    return internal_error(std::string("unexpected while loading: ") + error.what());
  }
}

}  // namespace

void ModelKeeper::update(const ModelSource& source, const Progress& progress) {
  if (source.problem != source_.problem && !source.problem.empty())
    tell(Event::Level::kError, "model refused", 0, source.problem);
  source_ = source;
  if (unloaded_) return;
  for (const VersionSource& version : source_.wanted) bring_up(version, progress);
  retire_superseded();
}

void ModelKeeper::bring_up(const VersionSource& version, const Progress& progress) {
  Slot& slot = slots_[version.number];
  if (slot.serving && slot.serving->stamp == version.stamp) slot.failure.reset(), slot.failed_stamp.clear();
  if ((slot.serving && slot.serving->stamp == version.stamp) || slot.failed_stamp == version.stamp) return;
  slot.loading = true;
  context_.publish();
  Result<ServedPointer> loaded = guarded([&] { return load(version, progress); });
  slot.loading = false;
  if (!loaded && loaded.error().code == ErrorCode::kCancelled) return;  // the server ends
  if (!loaded) {
    ++failed_loads_;
    slot.failed_stamp = version.stamp;
    slot.failure = loaded.error();
    tell(Event::Level::kError, slot.serving ? "load failed, the one loaded before serves on" : "load failed", version.number,
         loaded.error().describe());
    return;
  }
  ++loads_;
  ServedPointer old = std::exchange(slot.serving, std::move(*loaded));
  slot.failure.reset();
  slot.failed_stamp.clear();
  context_.publish();
  tell(Event::Level::kInfo, old ? "reloaded" : "loaded", version.number, slot.serving->files.note);
  if (old) context_.retirement.retire(std::move(old));
}

Result<ServedPointer> ModelKeeper::load(const VersionSource& version, const Progress& progress) {
  HEADRACE_TRY(LoadedVersion loaded, context_.backend.load(name_, version, known_, progress));
  if (stamp_of(version.path) != version.stamp)
    return io_error("its files changed while they were being read; they are read again").at(version.path.string());
  const Parallelism chosen{loaded.model.options.instances, loaded.model.options.threads};
  auto served = std::make_shared<ServedVersion>();
  served->name = name_;
  served->number = version.number;
  served->stamp = version.stamp;
  served->files = std::move(loaded.files);
  served->model = context_.backend.start(std::move(loaded.model));
  HEADRACE_CHECK(served->model->ready());  // without threads, say, it must not take the place of one that answers
  known_ = chosen;
  return ServedPointer(std::move(served));
}

// Older versions serve until all that take their place do; what is gone from the disk goes at once.
void ModelKeeper::retire_superseded() {
  const bool replaced = source_.problem.empty() && complete();
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    const auto current = slot++;
    if (!on_disk(current->first)) retire(current, "its files are gone");
    else if (replaced && !wants(current->first)) retire(current, "a newer version serves");
  }
}

void ModelKeeper::retire(std::map<int64_t, Slot>::iterator slot, const std::string& why) {
  const int64_t number = slot->first;
  ServedPointer old = std::move(slot->second.serving);
  slots_.erase(slot);
  if (!old) return;
  context_.publish();
  tell(Event::Level::kInfo, "unloaded", number, why);
  context_.retirement.retire(std::move(old));
}

void ModelKeeper::unload(const std::string& reason) {
  unloaded_ = reason;
  while (!slots_.empty()) retire(slots_.begin(), reason);
  context_.publish();
}

void ModelKeeper::allow() { unloaded_.reset(); }

void ModelKeeper::forget_failures() {
  for (auto& [number, slot] : slots_) slot.failed_stamp.clear();
}

std::optional<Error> ModelKeeper::failure() const {
  if (!source_.problem.empty()) return unavailable(source_.problem);
  for (const VersionSource& version : source_.wanted)
    if (const auto slot = slots_.find(version.number); slot != slots_.end() && slot->second.failure) return slot->second.failure;
  return std::nullopt;
}

bool ModelKeeper::complete() const {
  return std::all_of(source_.wanted.begin(), source_.wanted.end(), [&](const VersionSource& version) {
    const auto slot = slots_.find(version.number);
    return slot != slots_.end() && slot->second.serving;
  });
}

bool ModelKeeper::wants(int64_t number) const { return holds(source_.wanted, number); }
bool ModelKeeper::on_disk(int64_t number) const { return holds(source_.versions, number); }

IndexEntry ModelKeeper::entry(int64_t number) const {
  IndexEntry entry{name_, std::to_string(number), "UNAVAILABLE", {}};
  const auto slot = slots_.find(number);
  if (unloaded_) entry.reason = *unloaded_;
  else if (slot == slots_.end()) entry.reason = source_.problem.empty() ? "not loaded: another version is" : source_.problem;
  else if (slot->second.serving) entry.state = "READY";
  else if (slot->second.loading) entry.state = "LOADING";
  if (slot != slots_.end() && slot->second.failure && !slot->second.loading) entry.reason = slot->second.failure->describe();
  return entry;
}

CatalogueModel ModelKeeper::view() const {
  CatalogueModel view;
  std::set<int64_t> numbers;
  for (const VersionSource& version : source_.versions) numbers.insert(version.number);
  for (const auto& [number, slot] : slots_) numbers.insert(number);
  for (const int64_t number : numbers) view.index.push_back(entry(number));
  for (const auto& [number, slot] : slots_)
    if (slot.serving) view.ready.emplace(number, slot.serving);
  if (numbers.empty()) view.index.push_back({name_, "", "UNAVAILABLE", source_.problem});
  view.loads = loads_;
  view.failed_loads = failed_loads_;
  return view;
}

void ModelKeeper::tell(Event::Level level, const std::string& what, int64_t version, const std::string& detail) const {
  if (context_.events) context_.events({level, what, name_, version > 0 ? std::to_string(version) : "", detail});
}

}  // namespace headrace::serve
