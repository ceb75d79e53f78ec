// Whether an answer is what the server promised: names, datatypes and shapes, and, where asked for, the same bits for the same
// input as the first time. Done after the clock has stopped.
#pragma once

#include <atomic>
#include <memory>

#include "load/inputs.h"

namespace headrace::load {

// What is promised, and the answers' first bits: shared by all clients.
class Promise {
 public:
  Promise(std::vector<TensorSpec> outputs, int64_t rows, size_t inputs, bool same_bits)
      : outputs_(std::move(outputs)),
        rows_(rows),
        same_bits_(same_bits),
        first_(std::make_unique<std::atomic<uint64_t>[]>(inputs)) {}

  // Whether a tensor of this name, type and shape is promised; what is wrong otherwise.
  std::optional<Fault> check(std::string_view name, std::string_view datatype, const Dims& dims) const;
  size_t output_count() const { return outputs_.size(); }  // 0: the server tells none, anything goes
  bool same_bits() const { return same_bits_; }
  // Whether `digest` of the outputs for an input is that of the first answer to it.
  bool agrees(size_t input, uint64_t digest) const;

 private:
  std::vector<TensorSpec> outputs_;
  int64_t rows_;  // that each first extent must be, where it is free; 0: not known
  bool same_bits_;
  std::unique_ptr<std::atomic<uint64_t>[]> first_;  // 0: none yet
};

// For one client: it keeps the parser's memory.
class AnswerCheck {
 public:
  explicit AnswerCheck(const Promise& promise);
  ~AnswerCheck();
  AnswerCheck(const AnswerCheck&) = delete;
  AnswerCheck& operator=(const AnswerCheck&) = delete;

  // `input`: which of the inputs the reply answers.
  std::optional<Fault> check(const Reply& reply, size_t input);

 private:
  class Reader;  // the JSON parser's header is a heavy one: it stays in the source
  std::unique_ptr<Reader> reader_;
};

}  // namespace headrace::load
