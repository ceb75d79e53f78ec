#include "readers/pt2/new_weights.h"

#include <algorithm>
#include <set>

namespace headrace::pt2 {

namespace {

constexpr size_t kShown = 20;  // names of a kind: enough to see what is wrong

std::string text(const Dims& dims) { return to_string(make_shape(dims)); }

// The difference between two checkpoints of one architecture, by kind.
struct Differences {
  std::vector<std::string> missing, left_over, other_shape;

  bool none() const { return missing.empty() && left_over.empty() && other_shape.empty(); }
};

std::string list(std::string_view title, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string out = "\n  " + std::string(title) + " (" + std::to_string(names.size()) + "):";
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) out += "\n    " + names[i];
  if (names.size() > kShown) out += "\n    and " + std::to_string(names.size() - kShown) + " more";
  return out;
}

Error describe(const Differences& differences, const StateDict& given) {
  std::string message = "the checkpoint (" + given.format + ", " + std::to_string(given.tensors.size()) +
                        " tensors) does not fit the graph; is it of the same architecture?";
  message += list("in the graph but not in the checkpoint", differences.missing);
  message += list("in the checkpoint but not in the graph", differences.left_over);
  message += list("of another shape or type", differences.other_shape);
  return invalid_data(std::move(message));
}

// The checkpoint's own names may have begun with what the reader took off all of them.
const NamedTensor* find(const StateDict& given, std::string_view name) {
  const auto named = [&](std::string_view wanted) -> const NamedTensor* {
    const auto at = std::find_if(given.tensors.begin(), given.tensors.end(), [&](const auto& t) { return t.name == wanted; });
    return at == given.tensors.end() ? nullptr : &*at;
  };
  if (const NamedTensor* found = named(name)) return found;
  const std::string& prefix = given.stripped_prefix;
  return !prefix.empty() && name.starts_with(prefix) ? named(name.substr(prefix.size())) : nullptr;
}

Result<Tensor> in_type(const Tensor& tensor, DType wanted) {
  if (tensor.dtype() == wanted) return tensor;
  if (wanted != DType::kFloat32) return unsupported("only float32 weights are converted to");
  HEADRACE_TRY(const std::vector<float> values, to_float_vector(tensor));
  return Tensor::from(tensor.dims(), values);
}

bool convertible(const Tensor& tensor, DType wanted) {
  const DType given = tensor.dtype();
  const bool is_float = given == DType::kFloat16 || given == DType::kBfloat16 || given == DType::kFloat64;
  return given == wanted || (wanted == DType::kFloat32 && is_float);
}

}  // namespace

bool counts_batches(std::string_view name) { return name.ends_with("num_batches_tracked"); }

Result<std::vector<Tensor>> match_weights(const std::vector<WantedWeight>& wanted, const StateDict& given) {
  Differences differences;
  std::set<const NamedTensor*> used;
  std::vector<const NamedTensor*> found;
  for (const WantedWeight& weight : wanted) {
    found.push_back(find(given, weight.name));
    if (found.back() == nullptr) {
      differences.missing.push_back(weight.name + " " + text(weight.dims));
      continue;
    }
    used.insert(found.back());
    const Tensor& tensor = found.back()->tensor;
    if (tensor.dims() != weight.dims || !convertible(tensor, weight.dtype))
      differences.other_shape.push_back(weight.name + ": " + std::string(to_string(weight.dtype)) + " " + text(weight.dims) +
                                        " in the graph, " + std::string(to_string(tensor.dtype())) + " " + text(tensor.dims()) +
                                        " in the checkpoint");
  }
  for (const NamedTensor& tensor : given.tensors)
    if (!used.contains(&tensor) && !counts_batches(tensor.name))
      differences.left_over.push_back(tensor.name + " " + text(tensor.tensor.dims()));
  if (!differences.none()) return describe(differences, given);
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < wanted.size(); ++i) {
    HEADRACE_TRY(Tensor tensor, in_type(found[i]->tensor, wanted[i].dtype));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace headrace::pt2
