#include "serve/model/request_check.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "base/printable.h"
#include "serve/wire.h"

namespace headrace::serve {
namespace {

std::string in_quotes(std::string_view name) { return "'" + printable(name) + "'"; }

// Types as clients spell them.
std::string type_name(DType dtype) {
  const std::string_view name = datatype_of(dtype);
  return std::string(name.empty() ? to_string(dtype) : name);
}

std::string names_of(const std::vector<TensorSpec>& specs) {
  std::string text;
  for (const TensorSpec& spec : specs) text += (text.empty() ? "" : ", ") + in_quotes(spec.name);
  return text.empty() ? "none" : text;
}

size_t place_of(const std::vector<TensorSpec>& specs, std::string_view name) {
  return static_cast<size_t>(std::ranges::find(specs, name, &TensorSpec::name) - specs.begin());
}

Error misfit(const TensorSpec& spec, const Tensor& tensor, const std::string& why) {
  return invalid_argument("input " + in_quotes(spec.name) + " wants " + type_name(spec.dtype) + " " + to_string(spec.shape) +
                          ", got " + type_name(tensor.dtype()) + " " + to_string(tensor.dims()) + why);
}

Status check_tensor(const TensorSpec& spec, const Tensor& tensor) {
  if (tensor.dtype() != spec.dtype) return misfit(spec, tensor, ": send data of that type");
  if (tensor.dims().size() != spec.shape.size())
    return misfit(spec, tensor, ": " + std::to_string(spec.shape.size()) + " extents are wanted");
  for (size_t i = 0; i < spec.shape.size(); ++i) {
    const int64_t given = tensor.dims()[i];
    const bool fits = spec.shape[i].known() ? given == spec.shape[i].extent : given > 0;
    if (!fits) return misfit(spec, tensor, ": extent " + std::to_string(i) + " does not fit");
  }
  return Ok{};
}

// Finds the place of every input, so that each has exactly one tensor.
Result<std::vector<size_t>> match_inputs(const std::vector<TensorSpec>& specs, const std::vector<NamedTensor>& given) {
  std::vector<size_t> source(specs.size(), given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    const size_t place = place_of(specs, given[i].name);
    if (place == specs.size())
      return invalid_argument("the model has no input " + in_quotes(given[i].name) + "; its inputs are " + names_of(specs));
    if (source[place] != given.size()) return invalid_argument("input " + in_quotes(given[i].name) + " is given twice");
    source[place] = i;
  }
  for (size_t i = 0; i < specs.size(); ++i)
    if (source[i] == given.size())
      return invalid_argument("input " + in_quotes(specs[i].name) + " is missing; the model's inputs are " + names_of(specs));
  return source;
}

// A symbol stands for one extent, wherever it is written.
Status check_symbols(const std::vector<TensorSpec>& specs, const std::vector<Tensor>& inputs) {
  struct Seen {
    const Dim* dim;
    size_t input;
    int64_t extent;
  };
  std::vector<Seen> seen;
  for (size_t i = 0; i < specs.size(); ++i)
    for (size_t d = 0; d < specs[i].shape.size(); ++d) {
      const Dim& dim = specs[i].shape[d];
      if (dim.symbol.empty()) continue;
      const int64_t extent = inputs[i].dims()[d];
      const auto before = std::ranges::find_if(seen, [&](const Seen& other) { return other.dim->symbol == dim.symbol; });
      if (before == seen.end()) seen.push_back({&dim, i, extent});
      else if (before->extent != extent)
        return misfit(specs[i], inputs[i],
                      ": " + in_quotes(dim.symbol) + " is " + std::to_string(before->extent) + " in input " +
                          in_quotes(specs[before->input].name) + " and must be the same here");
    }
  return Ok{};
}

Result<int64_t> rows_of(const Signature& signature, const BatchRule& rule, const std::vector<Tensor>& inputs) {
  if (!rule.has_batch) return 1;
  const int64_t rows = inputs[0].dims()[0];
  for (size_t i = 1; i < inputs.size(); ++i)
    if (inputs[i].dims()[0] != rows)
      return invalid_argument("input " + in_quotes(signature.inputs[i].name) + " has " + std::to_string(inputs[i].dims()[0]) +
                              " rows and input " + in_quotes(signature.inputs[0].name) + " has " + std::to_string(rows) +
                              ": the first extent is the batch, and must be the same in all inputs");
  if (rows > rule.max_rows)
    return invalid_argument("the request has " + std::to_string(rows) + " rows, and at most " + std::to_string(rule.max_rows) +
                            " are taken at once (max_batch_size): split it");
  return rows;
}

Result<std::vector<size_t>> match_outputs(const std::vector<TensorSpec>& specs, const std::vector<std::string>& names) {
  std::vector<size_t> places(names.empty() ? specs.size() : 0);
  std::iota(places.begin(), places.end(), size_t{0});
  for (const std::string& name : names) {
    const size_t place = place_of(specs, name);
    if (place == specs.size())
      return invalid_argument("the model has no output " + in_quotes(name) + "; its outputs are " + names_of(specs));
    if (std::ranges::count(places, place) > 0) return invalid_argument("output " + in_quotes(name) + " is asked for twice");
    places.push_back(place);
  }
  return places;
}

}  // namespace

Result<CheckedRequest> check_request(const Signature& signature, const BatchRule& rule, InferenceRequest& request) {
  if (request.priority < 0) return invalid_argument("priority " + std::to_string(request.priority) + " is below 0");
  HEADRACE_TRY(const std::vector<size_t> source, match_inputs(signature.inputs, request.inputs));
  CheckedRequest checked;
  HEADRACE_TRY(checked.outputs, match_outputs(signature.outputs, request.outputs));
  for (size_t i = 0; i < source.size(); ++i) HEADRACE_CHECK(check_tensor(signature.inputs[i], request.inputs[source[i]].tensor));
  checked.inputs.reserve(source.size());
  for (const size_t place : source) checked.inputs.push_back(std::move(request.inputs[place].tensor));
  HEADRACE_TRY(checked.rows, rows_of(signature, rule, checked.inputs));
  HEADRACE_CHECK(check_symbols(signature.inputs, checked.inputs));
  request.inputs.clear();
  return checked;
}

}  // namespace headrace::serve
