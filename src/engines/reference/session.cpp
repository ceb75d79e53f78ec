#include "engines/reference/session.h"

#include <cstring>
#include <new>

#include "base/parallel.h"
#include "engines/shape_memory.h"

namespace headrace::reference {
namespace {

std::vector<TensorSpec> specs_of(const std::vector<Value*>& values) {
  std::vector<TensorSpec> specs;
  for (const Value* value : values) specs.push_back({value->name(), value->dtype, value->shape.value_or(Shape{})});
  return specs;
}

// Into the caller's tensor where it fits, as the Session's contract has it. Strings are immutable and shared.
void hand_over(const Tensor& result, Tensor& output) {
  if (result.dtype() == DType::kString) {
    output = result;
    return;
  }
  make_writable(output, result.dtype(), result.dims());
  if (result.byte_size() > 0) std::memcpy(output.mutable_bytes().data(), result.bytes().data(), result.byte_size());
}

class ReferenceSession final : public Session {
 public:
  ReferenceSession(Program program, int threads) : program_(std::move(program)), threads_(threads) {
    signature_ = {specs_of(program_.graph().inputs()), specs_of(program_.graph().outputs())};
  }

  const Signature& signature() const override { return signature_; }

  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override try {
    HEADRACE_CHECK(check_inputs(signature_, inputs));
    HEADRACE_TRY(const Tensors results, program_.run(inputs, threads_));
    outputs.resize(results.size());
    for (size_t i = 0; i < results.size(); ++i) hand_over(results[i], outputs[i]);
    return Ok{};
  } catch (const std::bad_alloc&) {
    return io_error("out of memory while running the model");
  }

 private:
  Program program_;
  int threads_;
  Signature signature_;
};

}  // namespace

std::unique_ptr<Session> make_session(Program program, const SessionOptions& options) {
  const int threads = options.threads > 0 ? options.threads : available_cpus();
  return std::make_unique<ReferenceSession>(std::move(program), threads);
}

}  // namespace headrace::reference
