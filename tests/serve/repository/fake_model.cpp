#include "serve/repository/fake_model.h"

#include <filesystem>

namespace headrace::serve::testing {
namespace fs = std::filesystem;
using headrace::testing::read_file;
using headrace::testing::write_file;

ModelConfig FakeModel::config() const {
  ModelConfig config;
  config.name = loaded_.name;
  config.version = loaded_.version;
  config.instances = loaded_.options.instances;
  config.threads = loaded_.options.threads;
  config.max_batch_size = loaded_.options.max_batch_size;
  return config;
}

ModelStatistics FakeModel::statistics() const {
  ModelStatistics statistics;
  statistics.name = loaded_.name;
  statistics.version = loaded_.version;
  statistics.success = {answered_, answered_ * 2'000'000};
  statistics.fail.count = 5;
  statistics.rejected.count = 2;
  statistics.cancelled.count = 1;
  statistics.inference_count = 3 * answered_;
  statistics.execution_count = answered_;
  statistics.queue_depth = 4;
  BatchStatistic small, large;
  small.batch_size = 1;
  small.compute_infer.count = 6;
  large.batch_size = 3;
  large.compute_infer.count = 2;
  statistics.batches = {small, large};
  statistics.queue_latency.buckets[0] = 7;
  statistics.queue_latency.count = 7;
  statistics.queue_latency.sum_ns = 35'000;
  return statistics;
}

Status FakeModel::ready() const {
  if (drained_) return unavailable("it is drained");
  if (hangs_) return unavailable("an instance hangs");
  if (loaded_.platform == "threadless") return unavailable("the system refused to start threads");
  return Ok{};
}

void FakeModel::infer(InferenceRequest request, Respond respond) {
  if (drained_) return respond(unavailable("it is drained"));
  ++answered_;
  InferenceResponse response;
  response.model = request.model;
  response.version = loaded_.version;
  response.id = loaded_.platform;
  respond(std::move(response));
}

Backend FakeBackend::backend() {
  Backend backend;
  backend.load = [this](const std::string& name, const VersionSource& source, const Parallelism&,
                        const Progress& progress) -> Result<LoadedVersion> {
    HEADRACE_CHECK(progress.check());
    return load(name, source);
  };
  backend.start = [this](LoadedModel loaded) {
    auto model = std::make_shared<FakeModel>(std::move(loaded));
    const std::lock_guard lock(mutex_);
    models_.push_back(model);
    return model;
  };
  return backend;
}

Result<LoadedVersion> FakeBackend::load(const std::string& name, const VersionSource& source) {
  ++loads_;
  const std::string text = read_file(fs::is_directory(source.path) ? source.path / "model.onnx" : source.path);
  if (text == "broken") return invalid_model("the file says that it is broken");
  LoadedVersion loaded;
  loaded.model.name = name;
  loaded.model.version = std::to_string(source.number);
  loaded.model.platform = text;
  loaded.model.signature.inputs = {{"x", DType::kFloat32, {Dim{-1, "N"}, Dim{3, ""}, Dim{4, ""}, Dim{4, ""}}}};
  loaded.model.options.instances = 2;
  loaded.model.options.threads = 1;
  loaded.model.options.max_batch_size = 8;
  loaded.files.labels = {"cat", "dog"};
  loaded.files.engine = "fake";
  loaded.files.isa = "none";
  if (text == "pictures") {
    loaded.files.preprocess = Preprocess{};
    loaded.files.preprocess->resize = 0;
    loaded.files.preprocess->crop = 4;
  }
  return loaded;
}

std::vector<std::shared_ptr<FakeModel>> FakeBackend::models() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<FakeModel>> alive;
  for (const auto& model : models_) alive.push_back(model.lock());
  return alive;
}

void put_version(const fs::path& folder, const std::string& text, const std::string& toml) {
  const fs::path beside = folder.parent_path() / (".new-" + folder.filename().string());
  fs::create_directories(beside);
  write_file(beside / "model.onnx", text);
  if (!toml.empty()) write_file(beside / "headrace.toml", toml);
  fs::remove_all(folder);
  fs::rename(beside, folder);
}

std::string answer(const std::shared_ptr<const Catalogue>& catalogue, const std::string& model, const std::string& version) {
  const Result<ServedPointer> found = catalogue->find(model, version);
  if (!found) return std::string(to_string(found.error().code));
  std::string text;
  InferenceRequest request;
  request.model = model;
  (*found)->model->infer(std::move(request), [&](Result<InferenceResponse> response) {
    text = response ? response->id : std::string(to_string(response.error().code));
  });
  return text;
}

}  // namespace headrace::serve::testing
