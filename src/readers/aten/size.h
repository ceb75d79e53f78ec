// Sizes that a program computes: constants, the extents of tensors, and arithmetic on them. They become nodes of the graph only
// where a node needs one at run time; most end as constants, or as the -1 of a Reshape.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/builder.h"

namespace headrace::aten {

class Size {
 public:
  static Size known(int64_t value);
  // The extent of `axis` of a tensor; `text` is PyTorch's expression for it.
  static Size of(Value* tensor, int64_t axis, std::string text);
  // `op` is an op of ONNX on int64: Add, Sub, Mul, Div (which must divide as floor does), Mod, Neg (of `a` alone), Max, Min.
  static Size computed(std::string op, Size a, Size b, std::string text);
  // The value of a scalar int64 tensor.
  static Size value_of(Value* scalar, std::string text);

  std::optional<int64_t> constant() const;
  // Equal texts are equal sizes; empty: not known.
  const std::string& text() const { return state_->text; }
  bool is(const Dim& dim) const;
  // As an int64 tensor of one element, rank 1.
  Value* emit(Builder& b) const;

 private:
  struct State {
    std::optional<int64_t> constant;
    std::string text, op;
    Value* tensor = nullptr;
    int64_t axis = 0;
    int depth = 0;
    std::shared_ptr<State> a, b;
    Value* emitted = nullptr;
  };
  explicit Size(std::shared_ptr<State> state) : state_(std::move(state)) {}
  static Value* emit(Builder& b, State& state);
  std::shared_ptr<State> state_;
};

// An int64 vector of them: a constant where all are known.
Value* emit(Builder& b, const std::vector<Size>& sizes);

}  // namespace headrace::aten
