#include "measure/random_inputs.h"

#include "data/dataset.h"

namespace headrace {
namespace {

constexpr uint64_t kSeed = 1;  // all workers see the same input

// The signature with its unknown leading dimensions set to `batch`.
Result<Signature> with_batch(Signature signature, int batch) {
  bool free = false;
  for (TensorSpec& input : signature.inputs) {
    if (input.shape.empty() || input.shape.front().known()) continue;
    input.shape.front() = Dim{batch, {}};
    free = true;
  }
  if (free || signature.inputs.empty()) return signature;
  const Shape& shape = signature.inputs.front().shape;
  if (shape.empty() ? batch == 1 : shape.front().extent == batch) return signature;
  return invalid_argument("the model's batch is fixed: input '" + signature.inputs.front().name + "' is " + to_string(shape) +
                          ", batch " + std::to_string(batch) +
                          " was asked for; measure it at its own batch, or make it dynamic (headrace convert --batch dynamic)");
}

}  // namespace

Result<std::vector<Tensor>> random_inputs(const Signature& signature, int batch) {
  HEADRACE_TRY(const Signature batched, with_batch(signature, batch));
  HEADRACE_TRY(const auto dataset, random_dataset(batched, 1, kSeed));
  HEADRACE_TRY(Sample sample, dataset->load(0));
  HEADRACE_CHECK(check_inputs(batched, sample.inputs));
  return std::move(sample.inputs);
}

}  // namespace headrace
