// What the service says of itself and its models, in the protocol's messages.
#pragma once

#include <span>

#include "inference.pb.h"
#include "serve/service.h"

namespace headrace::serve {

inference::ServerMetadataResponse describe(const ServerMetadata& server);
inference::ModelMetadataResponse describe(const ModelMetadata& model);
inference::ModelConfigResponse describe(const ModelConfig& config);
inference::ModelStatisticsResponse describe(std::span<const ModelStatistics> models);
inference::RepositoryIndexResponse describe(std::span<const IndexEntry> index);

}  // namespace headrace::serve
