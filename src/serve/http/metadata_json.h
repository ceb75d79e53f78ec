// What the service tells about itself and its models, as JSON. Names are those of the Open Inference Protocol and of Triton's
// extensions (model configuration, statistics, model repository).
#pragma once

#include <string>
#include <vector>

#include "serve/service.h"

namespace headrace::serve::http {

std::string metadata_json(const ServerMetadata& server);
std::string metadata_json(const ModelMetadata& model);
std::string config_json(const ModelConfig& config);
std::string statistics_json(const std::vector<ModelStatistics>& models);
std::string index_json(const std::vector<IndexEntry>& index);

}  // namespace headrace::serve::http
