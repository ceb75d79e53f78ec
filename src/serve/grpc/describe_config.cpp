#include <algorithm>
#include <limits>

#include "serve/grpc/describe.h"
#include "serve/wire.h"

namespace headrace::serve {
namespace {

// Triton's names are the protocol's with a prefix, but for strings.
inference::DataType data_type(DType dtype) {
  const std::string name = dtype == DType::kString ? "STRING" : std::string(datatype_of(dtype));
  inference::DataType type = inference::TYPE_INVALID;
  inference::DataType_Parse("TYPE_" + name, &type);
  return type;
}

int32_t narrow(int64_t value) { return static_cast<int32_t>(std::min<int64_t>(value, std::numeric_limits<int32_t>::max())); }

// Triton's dims leave the batch out, where the model has one.
template <typename ModelTensor>
void describe(const TensorSpec& spec, bool batched, ModelTensor& tensor) {
  tensor.set_name(spec.name);
  tensor.set_data_type(data_type(spec.dtype));
  for (size_t i = batched ? 1 : 0; i < spec.shape.size(); ++i) tensor.add_dims(spec.shape[i].extent);
}

void describe_batching(const ModelConfig& config, inference::ModelDynamicBatching& batching) {
  for (const int64_t size : config.preferred_batch_sizes) batching.add_preferred_batch_size(narrow(size));
  batching.set_max_queue_delay_microseconds(static_cast<uint64_t>(config.max_queue_delay_us));
  auto& policy = *batching.mutable_default_queue_policy();
  policy.set_max_queue_size(static_cast<uint32_t>(narrow(config.max_queue_size)));
  policy.set_default_timeout_microseconds(static_cast<uint64_t>(config.default_deadline_ms) * 1000);
  policy.set_allow_timeout_override(true);
}

}  // namespace

inference::ModelConfigResponse describe(const ModelConfig& config) {
  inference::ModelConfigResponse response;
  auto& model = *response.mutable_config();
  const bool batched = config.max_batch_size > 0;
  model.set_name(config.name);
  model.set_platform(config.platform);
  model.set_backend("headrace");
  model.set_max_batch_size(narrow(config.max_batch_size));
  for (const TensorSpec& spec : config.signature.inputs) describe(spec, batched, *model.add_input());
  for (const TensorSpec& spec : config.signature.outputs) describe(spec, batched, *model.add_output());
  auto& group = *model.add_instance_group();
  group.set_name(config.name + "_0");
  group.set_kind(inference::ModelInstanceGroup::KIND_CPU);
  group.set_count(config.instances);
  if (batched) describe_batching(config, *model.mutable_dynamic_batching());
  (*model.mutable_parameters())["threads"].set_string_value(std::to_string(config.threads));
  model.mutable_model_transaction_policy()->set_decoupled(false);
  return response;
}

}  // namespace headrace::serve
