// Building a graph node by node, as the readers of PyTorch's formats do: names, small constants, and the types that follow from
// the op. Shapes are left to inference, but where the caller knows them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/model.h"

namespace headrace {

using Attributes = std::map<std::string, Attribute>;

class Builder {
 public:
  explicit Builder(Graph& graph) : graph_(&graph) {}

  Graph& graph() const { return *graph_; }
  // What the nodes and values that follow are named after: with "layer1.0.conv1" a node is "layer1.0.conv1/Conv" and its output
  // "layer1.0.conv1/Conv_output". Empty: the op alone.
  void set_scope(std::string scope) { scope_ = std::move(scope); }
  const std::string& scope() const { return scope_; }

  // Appends a node of ai.onnx with one output. The output's dtype is set where it follows from the op and the inputs.
  Value* op(std::string_view op_type, std::vector<Value*> inputs, Attributes attributes = {});
  // The same with `outputs` outputs.
  std::vector<Value*> ops(std::string_view op_type, size_t outputs, std::vector<Value*> inputs, Attributes attributes = {});

  // Small constants; equal ones are made once. `dims` empty: a scalar.
  Value* ints(const std::vector<int64_t>& values);     // int64, rank 1
  Value* number(double value, DType dtype);            // a scalar of any numeric type, rounded as PyTorch does
  Value* constant_scalar(int64_t value, DType dtype);  // the same of an integer, exactly
  Value* constant(std::string_view name_hint, Tensor tensor);
  // `value` as `dtype`: itself where it has that type.
  Value* cast(Value* value, DType dtype);

  // `hint`, or with the first number behind it that is free; in constant time, unlike Graph::unique_name.
  std::string unique_name(std::string_view hint);

 private:
  Value* small_constant(Tensor tensor);
  Graph* graph_;
  std::string scope_;
  std::unordered_map<std::string, int64_t> next_number_;
  std::map<std::string, Value*> small_constants_;  // by type, shape and bytes
};

// A scalar tensor of any real or bool type. float16 and bfloat16 are rounded to nearest even.
Tensor scalar_tensor(double value, DType dtype);
Tensor scalar_tensor(int64_t value, DType dtype);

}  // namespace headrace
