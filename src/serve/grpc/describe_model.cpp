#include "serve/grpc/describe.h"
#include "serve/wire.h"

namespace headrace::serve {
namespace {

using TensorMetadata = inference::ModelMetadataResponse::TensorMetadata;

void describe(const TensorSpec& spec, TensorMetadata& tensor) {
  tensor.set_name(spec.name);
  tensor.set_datatype(std::string(datatype_of(spec.dtype)));
  for (const Dim& dim : spec.shape) tensor.add_shape(dim.extent);
}

}  // namespace

inference::ServerMetadataResponse describe(const ServerMetadata& server) {
  inference::ServerMetadataResponse response;
  response.set_name(server.name);
  response.set_version(server.version);
  for (const std::string& extension : server.extensions) response.add_extensions(extension);
  return response;
}

inference::ModelMetadataResponse describe(const ModelMetadata& model) {
  inference::ModelMetadataResponse response;
  response.set_name(model.name);
  for (const std::string& version : model.versions) response.add_versions(version);
  response.set_platform(model.platform);
  for (const TensorSpec& spec : model.signature.inputs) describe(spec, *response.add_inputs());
  for (const TensorSpec& spec : model.signature.outputs) describe(spec, *response.add_outputs());
  return response;
}

inference::RepositoryIndexResponse describe(std::span<const IndexEntry> index) {
  inference::RepositoryIndexResponse response;
  for (const IndexEntry& entry : index) {
    auto& model = *response.add_models();
    model.set_name(entry.name);
    model.set_version(entry.version);
    model.set_state(entry.state);
    model.set_reason(entry.reason);
  }
  return response;
}

}  // namespace headrace::serve
