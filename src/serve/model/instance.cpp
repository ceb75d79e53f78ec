#include "serve/model/instance.h"

#include <algorithm>
#include <exception>

namespace headrace::serve {
namespace {

Status run_session(Session& session, std::span<const Tensor> inputs, std::vector<Tensor>& outputs) try {
  return session.run(inputs, outputs);
} catch (const std::exception& exception) {
  return internal_error(std::string("the engine threw an exception: ") + exception.what());
} catch (...) {
  return internal_error("the engine threw something that is no exception");
}

Status check_outputs(const std::vector<Tensor>& outputs, size_t wanted) {
  if (outputs.size() == wanted && std::ranges::all_of(outputs, &Tensor::defined)) return Ok{};
  return internal_error("the engine did not fill every output");
}

}  // namespace

RunResult Instance::run(Requests requests, size_t outputs) try {
  const int64_t rows = rows_of(requests);
  RunResult result;
  result.times.began = Clock::now();
  const std::span<const Tensor> inputs = inputs_.gather(requests);
  result.outputs = outputs_.free_set(rows);
  result.times.gathered = Clock::now();
  result.status = run_session(*session_, inputs, *result.outputs);
  result.times.computed = Clock::now();
  inputs_.clear();
  if (result.status.ok()) result.status = check_outputs(*result.outputs, outputs);
  result.divisible = result.status.ok() && counts_rows(*result.outputs, rows);
  return result;
} catch (const std::bad_alloc&) {
  RunResult result;
  result.status = internal_error("there is no memory for a batch of " + std::to_string(rows_of(requests)) + " rows");
  result.times.began = result.times.gathered = result.times.computed = Clock::now();
  return result;
}

}  // namespace headrace::serve
