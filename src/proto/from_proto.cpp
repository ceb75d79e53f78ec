#include "proto/from_proto.h"

#include "ir/verify.h"
#include "onnx/onnx_pb.h"
#include "proto/graph_reader.h"
#include "proto/guard.h"
#include "proto/subgraph.h"
#include "proto/versions.h"

namespace headrace {
namespace {

Status read_opsets(const onnx::ModelProto& proto, Model& model) {
  for (const auto& entry : proto.opset_import()) {
    const std::string domain = entry.domain() == "ai.onnx" ? std::string() : entry.domain();
    const auto [place, added] = model.opsets.emplace(domain, entry.version());
    if (!added && place->second != entry.version())
      return invalid_model("two opsets are declared for the domain '" + entry.domain() + "': " + std::to_string(place->second) +
                           " and " + std::to_string(entry.version()));
  }
  return Ok{};
}

Status read_header(onnx::ModelProto& proto, ExternalData& external, Model& model) {
  model.ir_version = proto.ir_version();
  model.producer_name = proto.producer_name();
  model.producer_version = proto.producer_version();
  model.domain = proto.domain();
  model.doc = proto.doc_string();
  model.model_version = proto.model_version();
  for (const auto& entry : proto.metadata_props()) model.metadata[entry.key()] = entry.value();
  for (auto& function : *proto.mutable_functions()) {
    HEADRACE_CHECK(load_external_data(function, external));
    model.functions.push_back(function.SerializeAsString());
  }
  return read_opsets(proto, model);
}

Result<Model> read_model(onnx::ModelProto& proto, const std::filesystem::path& folder, const ConstantSource& constant) {
  HEADRACE_CHECK(check_versions(proto));
  if (!proto.has_graph()) return invalid_model("the file holds no graph: it is not an ONNX model");
  HEADRACE_CHECK(check_ops(proto));
  Model model;
  ExternalData external(folder);
  HEADRACE_CHECK(read_header(proto, external, model));
  HEADRACE_CHECK(GraphReader(*model.graph, external, constant).read(*proto.mutable_graph()));
  if (const Node* node = model.graph->sort()) return invalid_model(node->describe() + " is part of a cycle, or waits for one");
  HEADRACE_CHECK(verify(model));
  return model;
}

}  // namespace

Result<Model> from_proto(std::shared_ptr<onnx::ModelProto> proto, const std::filesystem::path& folder) {
  return from_proto(std::move(proto), folder, nullptr);
}

Result<Model> from_proto(std::shared_ptr<onnx::ModelProto> proto, const std::filesystem::path& folder,
                         const ConstantSource& constant) {
  return guard(ErrorCode::kInvalidModel, [&] { return read_model(*proto, folder, constant); });
}

}  // namespace headrace
