#include "engines/evaluate.h"

#include <filesystem>

#include "base/atomic_file.h"
#include "engines/ort/ort_engine.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace {

// Constants up to this size become initialisers, so that ops that want shapes and axes at load find them there; larger ones
// come in as inputs, which spares their serialisation.
constexpr size_t kInitialiserBytes = 1024;

struct OneNode {
  Model model;
  std::vector<Tensor> inputs;
  std::vector<size_t> outputs;  // which outputs of the node the model has
};

// The value that stands for `value` in `one`: one for all its uses.
Value* import(const Value& value, OneNode& one) {
  Graph& graph = *one.model.graph;
  if (Value* known = graph.find(value.name()); known != nullptr) return known;
  Value* copy = graph.add_value(value.name());
  if (value.constant().byte_size() <= kInitialiserBytes || value.dtype == DType::kString) {
    copy->set_constant(value.constant());
    return copy;
  }
  copy->dtype = value.constant().dtype();
  copy->shape = make_shape(value.constant().dims());
  graph.add_input(copy);
  one.inputs.push_back(value.constant());
  return copy;
}

void import_outputs(const Node& node, OneNode& one, std::vector<Value*>& outputs) {
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    const Value* value = node.outputs()[i];
    if (value == nullptr) {
      outputs.push_back(nullptr);
      continue;
    }
    Value* copy = one.model.graph->add_value(value->name());
    copy->dtype = value->dtype;
    copy->shape = value->shape;
    one.model.graph->add_output(copy);
    one.outputs.push_back(i);
    outputs.push_back(copy);
  }
}

Result<OneNode> one_node_model(const Model& model, const Node& node) {
  if (node.has_subgraph()) return unsupported("a node with a subgraph is not evaluated by itself");
  OneNode one;
  one.model.ir_version = model.ir_version;
  one.model.opsets = model.opsets;
  one.model.functions = model.functions;
  std::vector<Value*> inputs, outputs;
  for (const Value* value : node.inputs()) {
    if (value != nullptr && !value->is_constant()) return internal_error("input '" + value->name() + "' is not a constant");
    inputs.push_back(value != nullptr ? import(*value, one) : nullptr);
  }
  import_outputs(node, one, outputs);
  Node* copy = one.model.graph->append(node.op_type, std::move(inputs), std::move(outputs));
  copy->domain = node.domain;
  copy->overload = node.overload;
  copy->name = node.name;
  copy->attributes = node.attributes;
  return one;
}

Result<std::vector<Tensor>> run_one_node(const Model& model, const Node& node) {
  HEADRACE_TRY(const OneNode one, one_node_model(model, node));
  SessionOptions options;
  options.optimization = GraphOptimization::kNone;  // it would do what the caller asks for: fold the node
  options.memory_arena = false;
  HEADRACE_TRY(const auto session, load_model(ort_exact_engine(), one.model, options));
  std::vector<Tensor> results;
  HEADRACE_CHECK(session->run(one.inputs, results));
  std::vector<Tensor> outputs(node.outputs().size());
  for (size_t i = 0; i < results.size(); ++i) outputs[one.outputs[i]] = std::move(results[i]);
  return outputs;
}

Result<std::vector<Tensor>> evaluate(const Model& model, const Node& node) {
  auto outputs = run_one_node(model, node);
  if (!outputs) return std::move(outputs).error().at("evaluating " + node.describe());
  return outputs;
}

}  // namespace

ConstantEvaluator constant_evaluator() { return evaluate; }

namespace {

// Past protobuf's limit of 2 GB: through a temporary file with the constants beside it. Engines map or copy them while they load.
Result<std::unique_ptr<Session>> load_through_file(const Engine& engine, const Model& model, const SessionOptions& options) {
  std::error_code failure;
  const auto temporary = std::filesystem::temp_directory_path(failure);
  if (failure) return io_error("there is no folder for temporary files: " + failure.message());
  HEADRACE_TRY(const AtomicFolder folder, AtomicFolder::create(temporary / "headrace-model"));
  const auto path = folder.temporary_path() / "model.onnx";
  WriteOptions external;
  external.external_data = true;
  HEADRACE_CHECK(write_onnx(model, path, external));
  return engine.load(path, options);
}

}  // namespace

Result<std::unique_ptr<Session>> load_model(const Engine& engine, const Model& model, const SessionOptions& options) {
  const auto bytes = to_onnx_bytes(model);
  if (bytes) return engine.load(std::string_view(*bytes), options);
  if (bytes.error().code == ErrorCode::kUnsupported) return load_through_file(engine, model, options);
  return bytes.error();
}

}  // namespace headrace
