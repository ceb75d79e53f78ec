#include "serve/repository/repository_service.h"

#include <algorithm>

#include "data/picture_tensor.h"
#include "serve/repository/metrics.h"

namespace headrace::serve {

RepositoryService::RepositoryService(std::unique_ptr<Repository> repository, std::shared_ptr<CpuBudget> budget, Options options)
    : repository_(std::move(repository)), budget_(std::move(budget)), options_(options) {}

std::vector<ServedPointer> RepositoryService::served() const { return *repository_->catalogue()->select("", ""); }

// A version that failed to load is not counted: its model's older one, and all other models, are as ready as ever. One that hangs
// in its engine is: only another process helps.
bool RepositoryService::ready() const {
  const std::vector<ServedPointer> all = served();
  return !stopping_ &&
         std::all_of(all.begin(), all.end(), [](const ServedPointer& version) { return version->model->ready().ok(); });
}

ServerMetadata RepositoryService::metadata() const {
  return {"headrace", HEADRACE_VERSION, {"binary_tensor_data", "model_configuration", "model_repository", "statistics"}};
}

Status RepositoryService::model_ready(std::string_view model, std::string_view version) const {
  HEADRACE_TRY(const ServedPointer served, repository_->catalogue()->find(model, version));
  return served->model->ready();
}

Result<ModelMetadata> RepositoryService::model_metadata(std::string_view model, std::string_view version) const {
  const auto catalogue = repository_->catalogue();
  HEADRACE_TRY(const ServedPointer served, catalogue->find(model, version));
  ModelMetadata metadata = served->model->metadata();
  metadata.versions.clear();
  for (const auto& [number, ready] : catalogue->models.find(model)->second.ready)
    metadata.versions.push_back(std::to_string(number));
  return metadata;
}

Result<ModelConfig> RepositoryService::model_config(std::string_view model, std::string_view version) const {
  HEADRACE_TRY(const ServedPointer served, repository_->catalogue()->find(model, version));
  return served->model->config();
}

Result<std::vector<ModelStatistics>> RepositoryService::statistics(std::string_view model, std::string_view version) const {
  HEADRACE_TRY(const std::vector<ServedPointer> selected, repository_->catalogue()->select(model, version));
  std::vector<ModelStatistics> all;
  for (const ServedPointer& served : selected) all.push_back(served->model->statistics());
  return all;
}

std::vector<IndexEntry> RepositoryService::index(bool ready_only) const {
  std::vector<IndexEntry> entries;
  const auto catalogue = repository_->catalogue();
  for (const auto& [name, model] : catalogue->models)
    for (const IndexEntry& entry : model.index)
      if (!ready_only || entry.state == "READY") entries.push_back(entry);
  return entries;
}

Status RepositoryService::may_control() const {
  if (options_.allow_control) return Ok{};
  return unsupported("this server does not let clients load and unload models; start it with --allow-control");
}

Status RepositoryService::load(std::string_view model) {
  HEADRACE_CHECK(may_control());
  return repository_->load(model);
}

Status RepositoryService::unload(std::string_view model) {
  HEADRACE_CHECK(may_control());
  return repository_->unload(model);
}

void RepositoryService::infer(InferenceRequest request, Respond respond) {
  // Held until the model has the request: a version that is being retired waits for those who hold it (see Retirement).
  Result<ServedPointer> served = repository_->catalogue()->find(request.model, request.version);
  if (!served) {
    counters_->without_model.fetch_add(1, std::memory_order_relaxed);
    return respond(std::move(served).error());
  }
  counters_->in_flight.fetch_add(1, std::memory_order_relaxed);
  (*served)->model->infer(std::move(request),
                          [counters = counters_, respond = std::move(respond)](Result<InferenceResponse> answer) {
                            counters->in_flight.fetch_sub(1, std::memory_order_relaxed);
                            respond(std::move(answer));
                          });
}

Result<InferenceRequest> RepositoryService::picture_request(std::string_view model, std::string_view version,
                                                            std::span<const std::byte> picture) const {
  HEADRACE_TRY(const ServedPointer served, repository_->catalogue()->find(model, version));
  if (!served->files.preprocess)
    return unsupported("model '" + served->name +
                       "' takes no pictures: it needs one input of rank 4 and a bundle that declares its preprocessing");
  const Signature signature = served->model->metadata().signature;
  HEADRACE_TRY(Tensor tensor, picture_tensor(picture, *served->files.preprocess, signature.inputs.front()));
  InferenceRequest request;
  request.model = served->name;
  request.version = version;
  request.inputs.push_back({signature.inputs.front().name, std::move(tensor)});
  return request;
}

Result<std::vector<std::string>> RepositoryService::labels(std::string_view model, std::string_view version) const {
  HEADRACE_TRY(const ServedPointer served, repository_->catalogue()->find(model, version));
  return served->files.labels;
}

std::string RepositoryService::metrics() const {
  ServerFigures figures;
  figures.requests_in_flight = counters_->in_flight.load(std::memory_order_relaxed);
  figures.requests_without_model = counters_->without_model.load(std::memory_order_relaxed);
  figures.cpus = budget_->cpus();
  figures.cpus_in_use = budget_->in_use();
  return metrics_text(*repository_->catalogue(), figures, options_.triton_metrics);
}

void RepositoryService::begin_shutdown() {
  stopping_ = true;
  repository_->stop();
}

}  // namespace headrace::serve
