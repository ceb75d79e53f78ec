#include "serve/http/metadata_json.h"

#include <nlohmann/json.hpp>

#include "serve/wire.h"

namespace headrace::serve::http {
namespace {

using Json = nlohmann::ordered_json;

// Names come from files: what is not UTF-8 in them shall not throw.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json extents(const Shape& shape, size_t first) {
  Json out = Json::array();
  for (size_t i = first; i < shape.size(); ++i) out.push_back(shape[i].known() ? shape[i].extent : -1);
  return out;
}

Json tensors(const std::vector<TensorSpec>& specs) {
  Json out = Json::array();
  for (const TensorSpec& spec : specs)
    out.push_back({{"name", spec.name}, {"datatype", datatype_of(spec.dtype)}, {"shape", extents(spec.shape, 0)}});
  return out;
}

// In configurations the type is another word, and the batch is left out where the server makes it.
Json config_tensors(const std::vector<TensorSpec>& specs, bool batched) {
  Json out = Json::array();
  for (const TensorSpec& spec : specs) {
    const std::string type = spec.dtype == DType::kString ? "STRING" : std::string(datatype_of(spec.dtype));
    out.push_back({{"name", spec.name}, {"data_type", "TYPE_" + type}, {"dims", extents(spec.shape, batched ? 1 : 0)}});
  }
  return out;
}

Json duration(const DurationStatistic& statistic) { return {{"count", statistic.count}, {"ns", statistic.ns}}; }

Json batches(const std::vector<BatchStatistic>& statistics) {
  Json out = Json::array();
  for (const BatchStatistic& batch : statistics)
    out.push_back({{"batch_size", batch.batch_size},
                   {"compute_input", duration(batch.compute_input)},
                   {"compute_infer", duration(batch.compute_infer)},
                   {"compute_output", duration(batch.compute_output)}});
  return out;
}

Json statistics_of(const ModelStatistics& model) {
  const Json times{{"success", duration(model.success)},
                   {"fail", duration(model.fail)},
                   {"queue", duration(model.queue)},
                   {"compute_input", duration(model.compute_input)},
                   {"compute_infer", duration(model.compute_infer)},
                   {"compute_output", duration(model.compute_output)},
                   {"rejected", duration(model.rejected)},
                   {"expired", duration(model.expired)},
                   {"cancelled", duration(model.cancelled)}};
  return {{"name", model.name},
          {"version", model.version},
          {"last_inference", model.last_inference_ms},
          {"inference_count", model.inference_count},
          {"execution_count", model.execution_count},
          {"queue_depth", model.queue_depth},
          {"inference_stats", times},
          {"batch_stats", batches(model.batches)}};
}

}  // namespace

std::string metadata_json(const ServerMetadata& server) {
  return dump({{"name", server.name}, {"version", server.version}, {"extensions", server.extensions}});
}

std::string metadata_json(const ModelMetadata& model) {
  return dump({{"name", model.name},
               {"versions", model.versions},
               {"platform", model.platform},
               {"inputs", tensors(model.signature.inputs)},
               {"outputs", tensors(model.signature.outputs)}});
}

std::string config_json(const ModelConfig& config) {
  const bool batched = config.max_batch_size > 0;
  const Json group{{"kind", "KIND_CPU"}, {"count", config.instances}};
  Json out{{"name", config.name},
           {"version", config.version},
           {"platform", config.platform},
           {"max_batch_size", config.max_batch_size},
           {"input", config_tensors(config.signature.inputs, batched)},
           {"output", config_tensors(config.signature.outputs, batched)},
           {"instance_group", Json::array({group})}};
  if (batched)
    out["dynamic_batching"] = {
        {"preferred_batch_size", config.preferred_batch_sizes},
        {"max_queue_delay_microseconds", config.max_queue_delay_us},
        {"default_queue_policy",
         {{"max_queue_size", config.max_queue_size}, {"default_timeout_microseconds", config.default_deadline_ms * 1000}}}};
  out["parameters"] = {{"threads_per_instance", {{"string_value", std::to_string(config.threads)}}}};
  return dump(out);
}

std::string statistics_json(const std::vector<ModelStatistics>& models) {
  Json out = Json::array();
  for (const ModelStatistics& model : models) out.push_back(statistics_of(model));
  return dump({{"model_stats", std::move(out)}});
}

std::string index_json(const std::vector<IndexEntry>& index) {
  Json out = Json::array();
  for (const IndexEntry& entry : index)
    out.push_back({{"name", entry.name}, {"version", entry.version}, {"state", entry.state}, {"reason", entry.reason}});
  return dump(out);
}

}  // namespace headrace::serve::http
