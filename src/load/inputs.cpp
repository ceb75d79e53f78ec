#include "load/inputs.h"

#include <algorithm>
#include <charconv>

#include "base/printable.h"
#include "data/dataset.h"

namespace headrace::load {
namespace {

constexpr size_t kMostRequests = 16;
constexpr size_t kMostBytes = size_t{64} << 20;

Error misfit(const TensorSpec& input, const Dims& dims) {
  return invalid_argument("--shape " + printable(input.name) + " says " + to_string(dims) + ", but the model takes " +
                          to_string(input.shape));
}

Status check_shape(const TensorSpec& input, const Dims& dims) {
  if (dims.size() != input.shape.size()) return misfit(input, dims);
  for (size_t axis = 0; axis < dims.size(); ++axis)
    if (input.shape[axis].known() && input.shape[axis].extent != dims[axis]) return misfit(input, dims);
  return Ok{};
}

Error free_extent(const TensorSpec& input) {
  std::string example;
  for (const Dim& dim : input.shape) example += (example.empty() ? "" : ",") + std::to_string(dim.known() ? dim.extent : 1);
  return invalid_argument("input " + printable(input.name) + " is " + to_string(input.shape) +
                          ": give its free extents with --shape, such as --shape " + printable(input.name) + ":" + example);
}

Status check_batch(const TensorSpec& input, int64_t first, int64_t batch) {
  if (batch == 0 || first == batch) return Ok{};
  return invalid_argument("--batch " + std::to_string(batch) + " does not fit: the first extent of input " +
                          printable(input.name) + " is fixed to " + std::to_string(first));
}

// The shape with every extent known.
Result<Dims> resolve(const TensorSpec& input, const InputOptions& options) {
  const auto given = options.shapes.find(input.name);
  if (given != options.shapes.end()) HEADRACE_CHECK(check_shape(input, given->second));
  Dims dims;
  for (size_t axis = 0; axis < input.shape.size(); ++axis) {
    const bool is_batch = axis == 0 && !input.shape[0].known();
    if (input.shape[axis].known()) dims.push_back(input.shape[axis].extent);
    else if (is_batch && options.batch > 0) dims.push_back(options.batch);
    else if (given != options.shapes.end()) dims.push_back(given->second[axis]);
    else if (is_batch) dims.push_back(1);
    else return free_extent(input);
  }
  if (!dims.empty()) HEADRACE_CHECK(check_batch(input, dims[0], options.batch));
  return dims;
}

Status check_names(const ModelInfo& model, const InputOptions& options) {
  for (const auto& [name, dims] : options.shapes) {
    const auto& inputs = model.signature.inputs;
    if (std::any_of(inputs.begin(), inputs.end(), [&](const TensorSpec& input) { return input.name == name; })) continue;
    std::string known;
    for (const TensorSpec& input : inputs) known += (known.empty() ? "" : ", ") + printable(input.name);
    return invalid_argument("--shape names the input " + printable(name) + ", but the model's are: " + known);
  }
  return Ok{};
}

size_t bytes_of(const Signature& signature) {
  size_t bytes = 0;
  for (const TensorSpec& input : signature.inputs)
    bytes += bytes_for(input.dtype, static_cast<size_t>(element_count(*known_dims(input.shape)).value()));
  return bytes;
}

Result<std::vector<Request>> random_requests(const Signature& signature, uint64_t seed) {
  for (const TensorSpec& input : signature.inputs) HEADRACE_CHECK(element_count(*known_dims(input.shape)));
  const size_t count = std::clamp<size_t>(kMostBytes / std::max<size_t>(bytes_of(signature), 1), 1, kMostRequests);
  HEADRACE_TRY(const auto dataset, random_dataset(signature, count, seed));
  std::vector<Request> requests;
  for (size_t i = 0; i < count; ++i) {
    HEADRACE_TRY(Sample sample, dataset->load(i));
    requests.push_back(std::move(sample.inputs));
  }
  return requests;
}

// `rows` samples a request, from the beginning of the data again when it ends.
Result<std::vector<Request>> requests_of_data(const ModelInfo& model, const InputOptions& options, int64_t rows) {
  DatasetOptions how;
  how.preprocess = options.preprocess;
  for (const TensorSpec& input : model.signature.inputs)
    if (!input.shape.empty() && input.shape[0].known()) HEADRACE_CHECK(check_batch(input, input.shape[0].extent, options.batch));
  HEADRACE_TRY(const auto dataset, open_dataset(options.data, model.signature, how));
  const size_t batch = static_cast<size_t>(rows);
  const size_t most = std::min(kMostRequests, std::max<size_t>(dataset->size() / batch, 1));
  std::vector<Request> requests;
  size_t bytes = 0;
  for (size_t next = 0; requests.size() < most && bytes < kMostBytes;) {
    std::vector<Sample> samples;
    for (size_t row = 0; row < batch; ++row) {
      HEADRACE_TRY(Sample sample, dataset->load(next++ % dataset->size()));
      samples.push_back(std::move(sample));
    }
    HEADRACE_TRY(Request request, stack(samples));
    for (const Tensor& tensor : request) bytes += tensor.byte_size();
    requests.push_back(std::move(request));
  }
  return requests;
}

// Rows of a request of these shapes: the first extent that all inputs share, where the server may vary it.
int64_t rows_of(const ModelInfo& model, const Signature& resolved) {
  int64_t rows = 0;
  for (size_t i = 0; i < resolved.inputs.size(); ++i) {
    const Shape& shape = resolved.inputs[i].shape;
    if (shape.empty()) return 1;
    const bool counts = !model.signature.inputs[i].shape[0].known() || model.max_batch_size > 0;
    if (!counts || (rows != 0 && shape[0].extent != rows)) return 1;
    rows = shape[0].extent;
  }
  return std::max<int64_t>(rows, 1);
}

}  // namespace

Result<std::pair<std::string, Dims>> parse_shape(std::string_view text) {
  const auto wrong = [&] {
    return invalid_argument("'" + printable(text) + "' is no shape: write NAME:1,3,224,224, extents from 1");
  };
  const size_t colon = text.rfind(':');  // names may hold colons, extents may not
  if (colon == std::string_view::npos || colon == 0) return wrong();
  Dims dims;
  std::string_view rest = text.substr(colon + 1);
  while (!rest.empty()) {
    int64_t extent = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
    if (error != std::errc() || extent < 1) return wrong();
    dims.push_back(extent);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    if (rest.empty()) break;
    if (rest.front() != ',' || rest.size() == 1) return wrong();
    rest.remove_prefix(1);
  }
  return std::pair{std::string(text.substr(0, colon)), std::move(dims)};
}

Result<Inputs> make_inputs(const ModelInfo& model, const InputOptions& options) {
  if (model.signature.inputs.empty())
    return unsupported("the server does not tell the inputs of model " + printable(model.name) + ", so none can be made");
  HEADRACE_CHECK(check_names(model, options));
  Inputs inputs;
  if (!options.data.empty()) {
    const Shape& first = model.signature.inputs.front().shape;
    inputs.rows = options.batch > 0                    ? options.batch
                  : !first.empty() && first[0].known() ? std::max<int64_t>(first[0].extent, 1)
                                                       : 1;
    HEADRACE_TRY(inputs.requests, requests_of_data(model, options, inputs.rows));
  } else {
    Signature resolved = model.signature;
    for (TensorSpec& input : resolved.inputs) {
      HEADRACE_TRY(const Dims dims, resolve(input, options));
      input.shape = make_shape(dims);
    }
    inputs.rows = rows_of(model, resolved);
    HEADRACE_TRY(inputs.requests, random_requests(resolved, options.seed));
  }
  inputs.batched = model.max_batch_size > 0;
  return inputs;
}

}  // namespace headrace::load
