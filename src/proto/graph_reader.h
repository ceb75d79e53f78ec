// GraphProto to Graph.
#pragma once

#include <set>
#include <string>

#include "base/error.h"
#include "ir/model.h"
#include "proto/external_data.h"
#include "proto/from_proto.h"

namespace onnx {
class GraphProto;
class NodeProto;
class SparseTensorProto;
}  // namespace onnx

namespace headrace {

// Fills an empty graph. Tensors take their bytes out of the message. Neither sorts nor verifies.
class GraphReader {
 public:
  GraphReader(Graph& graph, ExternalData& external, const ConstantSource& constant)
      : graph_(graph), external_(external), constant_(constant) {}

  Status read(onnx::GraphProto& proto);

 private:
  Status read_inputs(const onnx::GraphProto& proto);
  Status read_initializers(onnx::GraphProto& proto);
  Status read_initializer(onnx::TensorProto& proto);
  Status read_sparse_initializer(const onnx::SparseTensorProto& proto);
  Status read_node(onnx::NodeProto& proto);
  Status read_constant_node(const onnx::NodeProto& proto, const Attribute& attribute, bool& read);
  Status read_attributes(onnx::NodeProto& proto, std::map<std::string, Attribute>& attributes);
  Status read_outputs(const onnx::GraphProto& proto);
  void read_types(const onnx::GraphProto& proto);
  Status pin_captured_values(const onnx::GraphProto& proto);

  Value* value_named(const std::string& name);
  // A value that nothing computes or provides yet; invalid_model when something does.
  Result<Value*> new_result(const std::string& name);

  Graph& graph_;
  ExternalData& external_;
  const ConstantSource& constant_;
};

}  // namespace headrace
