#include "readers/pt2/read.h"

#include <exception>
#include <map>
#include <new>

#include "ir/dead_code.h"
#include "ir/verify.h"
#include "proto/guard.h"
#include "proto/infer_shapes.h"
#include "readers/aten/converter.h"
#include "readers/pt2/archive.h"
#include "readers/pt2/new_weights.h"
#include "readers/pt2/rename.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

using pt2::InputKind;
using pt2::OutputKind;

constexpr int64_t kOpset = 18;  // LayerNormalization, Reduce* with axes as input, Split by number; old enough for every engine

const std::string* tensor_name(const pt2::Argument& argument) {
  const auto* tensor = std::get_if<pt2::TensorName>(&argument);
  return tensor == nullptr ? nullptr : &tensor->name;
}

class Reader {
 public:
  // `other`: to be taken instead of the archive's own weights, or nullptr.
  Reader(pt2::Archive& archive, const pt2::Program& program, const StateDict* other)
      : archive_(&archive), program_(&program), other_(other), names_(*model_.graph), converter_(*model_.graph) {}

  Result<Model> read() {
    model_.opsets[""] = kOpset;
    model_.producer_name = "pytorch";
    model_.producer_version = program_->torch_version;
    HEADRACE_CHECK(aten::check_operators(program_->graph));
    if (other_ != nullptr) HEADRACE_CHECK(match_other());
    for (const pt2::InputSpec& spec : program_->inputs) HEADRACE_CHECK(add_input(spec));
    HEADRACE_CHECK(converter_.run(program_->graph));
    for (const pt2::OutputSpec& spec : program_->outputs) HEADRACE_CHECK(add_output(spec));
    remove_dead_code(*model_.graph);
    pt2::rename_symbols(*model_.graph);
    HEADRACE_CHECK(infer_shapes(model_));
    HEADRACE_CHECK(verify(model_));
    return std::move(model_);
  }

 private:
  Status add_input(const pt2::InputSpec& spec) {
    switch (spec.kind) {
      case InputKind::kUser: return add_user_input(spec.argument);
      case InputKind::kParameter:
      case InputKind::kBuffer:
      case InputKind::kTensorConstant: return add_weight(spec);
      case InputKind::kConstant:
      case InputKind::kToken: return Ok{};  // a number that the graph has as a constant; an order of side effects
      case InputKind::kCustomObject: break;
    }
    return unsupported("the program takes an object ('" + spec.target + "'), which is pickled; pickles are never run");
  }

  // Parameters, and the buffers that a state dict has.
  Status match_other() {
    std::vector<pt2::WantedWeight> wanted;
    for (const pt2::InputSpec& spec : program_->inputs) {
      const std::string* name = tensor_name(spec.argument);
      if ((spec.kind != InputKind::kParameter && spec.kind != InputKind::kBuffer) || name == nullptr) continue;
      if (!archive_->saves(spec.target) || pt2::counts_batches(spec.target)) continue;
      HEADRACE_TRY(const Tensor own, archive_->weight(spec.target));
      wanted.push_back({spec.target, own.dtype(), own.dims()});
    }
    HEADRACE_TRY(std::vector<Tensor> tensors, pt2::match_weights(wanted, *other_));
    for (size_t i = 0; i < wanted.size(); ++i) matched_.emplace(wanted[i].name, std::move(tensors[i]));
    return Ok{};
  }

  Status add_user_input(const pt2::Argument& argument) {
    if (const auto* integer = std::get_if<pt2::Integer>(&argument); integer != nullptr && !integer->name.empty()) {
      Value* value = new_input(integer->name);
      value->dtype = DType::kInt64;
      value->shape = Shape{};
      return converter_.bind(integer->name, aten::Size::value_of(value, integer->name));
    }
    const std::string* name = tensor_name(argument);
    if (name == nullptr) return Ok{};  // None, or a constant of the program
    const auto meta = program_->graph.tensors.find(*name);
    if (meta == program_->graph.tensors.end()) return invalid_model("the file does not say what the input '" + *name + "' is");
    if (meta->second.dtype == DType::kUndefined)
      return unsupported("the input '" + *name + "' has PyTorch's scalar type " + std::to_string(meta->second.scalar_type) +
                         ", which is not read");
    Value* value = new_input(*name);
    value->dtype = meta->second.dtype;
    value->shape = meta->second.sizes;
    return converter_.bind(*name, value);
  }

  Value* new_input(const std::string& name) {
    Value* value = model_.graph->add_value(names_.unique_name(name));
    model_.graph->add_input(value);
    return value;
  }

  Status add_weight(const pt2::InputSpec& spec) {
    const std::string* name = tensor_name(spec.argument);
    if (name == nullptr) return invalid_model("a parameter has no name");
    const bool constant = spec.kind == InputKind::kTensorConstant;
    const auto other = matched_.find(spec.target);
    HEADRACE_TRY(Tensor tensor, constant                  ? archive_->constant(spec.target)
                                : other != matched_.end() ? Result<Tensor>(other->second)
                                                          : archive_->weight(spec.target));
    if (const auto meta = program_->graph.tensors.find(*name); meta != program_->graph.tensors.end())
      if (make_shape(tensor.dims()) != meta->second.sizes || tensor.dtype() != meta->second.dtype)
        return invalid_model("the tensor '" + spec.target + "' is not of the shape and type that the graph tells");
    Value* value = names_.constant(spec.target, std::move(tensor));
    return converter_.bind(*name, value, constant ? std::string() : spec.target);
  }

  // State that must outlive the call cannot be said in ONNX, and would be lost silently.
  Status add_output(const pt2::OutputSpec& spec) {
    if (spec.kind == OutputKind::kUserInputMutation || spec.kind == OutputKind::kToken)
      return Ok{};  // no effect on what is returned
    if (spec.kind != OutputKind::kUser)
      return unsupported("the program changes '" + spec.target + "' (" + spec.described +
                         "), which must keep its value from call to call: export the model in eval mode");
    if (std::holds_alternative<pt2::None>(spec.argument)) return Ok{};
    HEADRACE_TRY(Value * value, converter_.output(spec.argument));
    const auto* name = tensor_name(spec.argument);
    show(value, name == nullptr ? "output" : *name);
    return Ok{};
  }

  // An output is called as in PyTorch's graph. A value that has its name already, as an input, a constant or another output, is
  // handed on.
  void show(Value* value, const std::string& name) {
    Graph& graph = *model_.graph;
    const std::string free = names_.unique_name(name);
    if (value->producer() != nullptr && !value->is_graph_output()) {
      graph.rename(value, free);
    } else {
      Value* copy = graph.add_value(free);
      copy->dtype = value->dtype;
      copy->shape = value->shape;
      graph.append("Identity", {value}, {copy})->name = "Identity_" + free;
      value = copy;
    }
    graph.add_output(value);
  }

  pt2::Archive* archive_;
  const pt2::Program* program_;
  const StateDict* other_;
  std::map<std::string, Tensor> matched_;  // of the other weights, by fully qualified name
  Model model_;
  Builder names_;
  aten::Converter converter_;
};

Result<Model> read_mapped(std::shared_ptr<const MappedFile> file, const StateDict* other) {
  HEADRACE_TRY(pt2::Archive archive, pt2::Archive::open(std::move(file)));
  HEADRACE_TRY(const pt2::Program program, archive.program());
  return Reader(archive, program, other).read();
}

}  // namespace

Result<Model> read_pt2(std::shared_ptr<const MappedFile> file) {
  return guard(ErrorCode::kInvalidModel, [&] { return read_mapped(std::move(file), nullptr); });
}

Result<Model> read_pt2(const fs::path& path, const StateDict* other) {
  HEADRACE_TRY(auto file, MappedFile::open(path));
  auto model = guard(ErrorCode::kInvalidModel, [&] { return read_mapped(std::move(file), other); });
  if (!model.ok()) return std::move(model).error().at(path.string());
  return model;
}

bool is_pt2(const fs::path& path) { return path.extension() == ".pt2"; }

}  // namespace headrace
