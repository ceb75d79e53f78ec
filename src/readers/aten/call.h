// One call of a PyTorch operator, as the functions of the table see it: its arguments by name, and the place for its results.
//
// What cannot be had is thrown as Refused; the converter catches it in one place and puts the node and its source line in front.
// So the functions of the table stay as short as the op is simple. An argument that a function never asks for is an error too,
// unless it makes no difference to inference (a device, a memory format): nothing is dropped silently.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ir/builder.h"
#include "readers/aten/size.h"
#include "readers/pt2/program.h"

namespace headrace::aten {

struct Refused {
  Error error;
};
[[noreturn]] void refuse(std::string message);  // unsupported
[[noreturn]] void malformed(std::string message);

using Ints = std::vector<int64_t>;

// What names mean at this point of the program.
class Names {
 public:
  virtual ~Names() = default;
  virtual Value* tensor(const std::string& name) = 0;  // throws where nothing has that name
  virtual Size size(const std::string& name) = 0;
  virtual const pt2::TensorMeta& meta(const std::string& name) = 0;
  virtual std::string expression(const std::string& name) = 0;  // of a symbolic integer; empty where the file has none
};

class Call {
 public:
  Call(Builder& builder, Names& names, const pt2::Node& node, std::string op, std::string overload)
      : b(builder), names_(&names), node_(&node), op_(std::move(op)), overload_(std::move(overload)) {}

  Builder& b;

  const std::string& op() const { return op_; }              // "aten.add", without the underscore of an in-place op
  const std::string& overload() const { return overload_; }  // "Tensor"

  // Whether the argument is there and not None.
  bool has(std::string_view name) const;
  bool is_tensor(std::string_view name) const;
  Value* tensor(std::string_view name);
  Value* optional_tensor(std::string_view name);  // nullptr when left out
  std::vector<Value*> tensors(std::string_view name);
  std::vector<Value*> optional_tensors(std::string_view name);  // nullptr for those left out

  int64_t integer(std::string_view name);
  int64_t integer(std::string_view name, int64_t otherwise);
  double real(std::string_view name);
  double real(std::string_view name, double otherwise);
  bool flag(std::string_view name, bool otherwise);
  std::string text(std::string_view name, std::string otherwise);
  std::optional<DType> dtype(std::string_view name);
  // Lists; a single number where a list may stand counts as a list of one.
  Ints ints(std::string_view name);
  Ints ints(std::string_view name, Ints otherwise);
  std::vector<double> reals(std::string_view name);
  // Sizes that may be known at run time alone.
  Size size(std::string_view name);
  Size size(std::string_view name, int64_t otherwise);
  std::vector<Size> sizes(std::string_view name);

  // A tensor, or a number as a scalar constant; of type `dtype` either way.
  Value* operand(std::string_view name, DType dtype);
  // For what a function knows to make no difference.
  void ignore(std::initializer_list<std::string_view> names);

  size_t output_count() const;
  const pt2::TensorMeta& meta(size_t output = 0) const;
  DType output_dtype(size_t output = 0) const { return meta(output).dtype; }
  const Shape& output_shape(size_t output = 0) const { return meta(output).sizes; }
  // The tensor that the op computes; several, in order. A missing one is nullptr.
  void result(Value* value) { results_ = {value}; }
  void results(std::vector<Value*> values) { results_ = std::move(values); }
  const std::vector<Value*>& taken_results() const { return results_; }
  // A symbolic integer as result, and PyTorch's expression for it.
  std::string result_expression() const;
  void integer_result(Size size) { integer_result_ = std::move(size); }
  const std::optional<Size>& taken_integer() const { return integer_result_; }

  const pt2::Node& node() const { return *node_; }
  // Names of the tensors it computes, lists laid flat.
  static std::vector<std::string> output_names(const pt2::Node& node);
  // Arguments given but never asked for.
  std::vector<std::string> arguments_left() const;

 private:
  const pt2::Argument* find(std::string_view name) const;
  const pt2::Argument& need(std::string_view name) const;
  Size size_of(const pt2::Integer& integer);

  Names* names_;
  const pt2::Node* node_;
  std::string op_, overload_;
  mutable std::set<std::string, std::less<>> asked_;
  std::vector<Value*> results_;
  std::optional<Size> integer_result_;
};

}  // namespace headrace::aten
