// An exported program as torch.export.save writes it (models/model.json, schema 8): the graph, its signature, and what each
// tensor is. Plain data: nothing is checked here but the form. Names of tensors and symbolic integers are those of the FX graph.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/dtype.h"
#include "base/shape.h"

namespace headrace::pt2 {

// What PyTorch knows of a tensor. A dimension that is not constant has the text of its expression as symbol ("s77", "8*s53").
struct TensorMeta {
  DType dtype = DType::kUndefined;
  int64_t scalar_type = 0;  // PyTorch's number of the dtype, for messages about those we do not have
  Shape sizes, strides;
  Dim offset;
  bool strided = true;  // false: sparse and the like
};

// A number in the graph: known (`name` empty), or the symbolic value of that name.
struct Integer {
  int64_t value = 0;
  std::string name;
};
struct Real {
  double value = 0;
  std::string name;
};
struct None {};
struct TensorName {
  std::string name;
};
struct TensorNames {
  std::vector<std::string> names;  // empty: a None in a list of optional tensors
};
struct ScalarType {
  int64_t number = 0;
};
struct Graph;
// A kind of argument that we only carry through: a device, a layout, a memory format, an operator.
struct Other {
  std::string kind;
};
using Argument = std::variant<None, TensorName, TensorNames, Integer, std::vector<Integer>, Real, std::vector<Real>, bool,
                              std::vector<bool>, std::string, ScalarType, std::shared_ptr<const Graph>, Other>;

struct NamedArgument {
  std::string name;  // of the operator's schema; empty for higher-order operators
  Argument value;
};

struct Node {
  std::string target;  // "torch.ops.aten.conv2d.default"
  std::vector<NamedArgument> inputs;
  std::vector<Argument> outputs;
  std::string module;  // "layer1.0.conv1"; empty at the top
  std::string source;  // "resnet.py:66, in forward: return self.fc(x)"; may be empty
};

struct Graph {
  std::vector<Argument> inputs, outputs;
  std::vector<Node> nodes;
  std::unordered_map<std::string, TensorMeta> tensors;
  std::unordered_map<std::string, Dim> integers;  // symbolic integers: an extent or the text of an expression
};

enum class InputKind { kUser, kParameter, kBuffer, kTensorConstant, kConstant, kToken, kCustomObject };
struct InputSpec {
  InputKind kind = InputKind::kUser;
  Argument argument;
  std::string target;  // "layer1.0.conv1.weight"; of an object: its class
};

enum class OutputKind { kUser, kBufferMutation, kUserInputMutation, kParameterMutation, kToken, kOther };
struct OutputSpec {
  OutputKind kind = OutputKind::kUser;
  std::string described;  // the schema's word, for messages
  Argument argument;
  std::string target;  // what is mutated
};

struct Program {
  int64_t major = 0, minor = 0;  // of the schema
  std::string torch_version;
  Graph graph;
  std::vector<InputSpec> inputs;
  std::vector<OutputSpec> outputs;
};

// One entry of model_weights_config.json: where the storage of a parameter or constant lies.
struct Payload {
  std::string path;  // "weight_0"
  bool pickled = false;
  std::optional<TensorMeta> meta;
};
using Payloads = std::map<std::string, Payload>;  // by fully qualified name

}  // namespace headrace::pt2
