#include "deploy/engine_cache.h"

#include <cstring>

#include "base/atomic_file.h"
#include "base/cache_folder.h"
#include "base/mapped_file.h"
#include "engines/engine.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

// Word by word: a model of 100 MB takes a few hundredths of a second. It guards against mistakes, not against malice: whoever can
// write to this cache can write the user's files.
class Hash {
 public:
  void add(std::span<const std::byte> bytes) {
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= bytes.size(); i += sizeof word) std::memcpy(&word, &bytes[i], sizeof word), mix(word);
    for (; i < bytes.size(); ++i) mix(static_cast<uint64_t>(bytes[i]));
    mix(bytes.size());
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  std::string hex() const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(state_));
    return text;
  }

 private:
  void mix(uint64_t word) {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15u;  // odd: a bijection, so that nothing is lost on the way
    state_ ^= state_ >> 32;
  }
  uint64_t state_ = 0x243f6a8885a308d3u;
};

fs::path file_of(const fs::path& folder, const ChoiceKey& key) {
  Hash hash;
  for (const std::string& part :
       {key.model, key.machine.cpu, key.machine.isa, std::to_string(key.machine.cpus), key.engines, std::to_string(key.threads)})
    hash.add(part);
  return folder / (hash.hex() + ".json");
}

}  // namespace

Result<std::string> model_hash(const fs::path& model) {
  Hash hash;
  HEADRACE_TRY(const auto file, MappedFile::open(model));
  hash.add(file->bytes());
  const fs::path data = model.string() + ".data";
  std::error_code ignored;
  if (fs::is_regular_file(data, ignored)) {
    HEADRACE_TRY(const auto beside, MappedFile::open(data));
    hash.add(beside->bytes());
  }
  return hash.hex();
}

ChoiceKey choice_key(std::string model, int threads) {
  ChoiceKey key{std::move(model), this_machine(), "", threads};
  for (const Engine* engine : all_engines())
    if (engine->available())
      key.engines += (key.engines.empty() ? "" : ", ") + std::string(engine->name()) + " " + engine->version();
  return key;
}

fs::path engine_cache_folder() {
  const fs::path folder = cache_folder();
  return folder.empty() ? folder : folder / "engines";
}

std::optional<EngineChoice> remembered_choice(const fs::path& folder, const ChoiceKey& key) {
  if (folder.empty()) return std::nullopt;
  const auto file = MappedFile::open(file_of(folder, key));
  if (!file) return std::nullopt;
  const std::span<const std::byte> bytes = (*file)->bytes();
  Result<EngineChoice> choice = parse_engine_choice({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  // Two keys with one hash: what the file says of itself must fit as well.
  const bool fits = choice && choice->model == key.model && choice->machine == key.machine && choice->threads == key.threads;
  return fits ? std::optional(std::move(*choice)) : std::nullopt;
}

bool remember_choice(const fs::path& folder, const ChoiceKey& key, const EngineChoice& choice) {
  if (folder.empty()) return false;
  std::error_code error;
  fs::create_directories(folder, error);
  return !error && write_file_atomically(file_of(folder, key), to_json(choice)).ok();
}

}  // namespace headrace
