#include "engines/reference/program.h"

#include <set>
#include <string>

#include "engines/reference/groups/groups.h"
#include "engines/reference/ops/op_table.h"

namespace headrace::reference {
namespace {

Status check_ops(const Graph& graph) {
  std::set<std::string> unknown;
  for (const auto& node : graph.nodes())
    if (find_op(*node) == nullptr) unknown.insert((node->domain.empty() ? "" : node->domain + ".") + node->op_type);
  if (unknown.empty()) return Ok{};
  std::string list;
  for (const std::string& op : unknown) list += (list.empty() ? "" : ", ") + op;
  return unsupported("the reference engine does not know these ops: " + list + "; run the model with another engine (ort)");
}

Step single_node(const Node& node, int64_t opset) {
  Step step{&node, {node.inputs().begin(), node.inputs().end()}, nullptr};
  const Op* op = find_op(node);
  step.run = [&node, op, opset](std::span<const Tensor> inputs, int threads) {
    return call(*op, OpCall{node, opset, threads, inputs});
  };
  return step;
}

}  // namespace

Result<Program> Program::build(Model model) {
  HEADRACE_CHECK(check_ops(*model.graph));
  Program program(std::move(model));
  for (const auto& node : program.graph().nodes()) {
    auto group = group_ending_in(*node);
    program.steps_.push_back(group ? *std::move(group) : single_node(*node, program.model_.opset()));
  }
  program.drop_unread_steps();
  program.note_last_readers();
  return program;
}

// A group computes its last node's output from what its first nodes read: the nodes between are needed only where others read
// them.
void Program::drop_unread_steps() {
  std::set<const Value*> read(graph().outputs().begin(), graph().outputs().end());
  std::vector<Step> kept;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    bool wanted = false;
    for (const Value* output : step->node->outputs()) wanted = wanted || read.contains(output);
    if (!wanted) continue;
    read.insert(step->inputs.begin(), step->inputs.end());
    kept.push_back(std::move(*step));
  }
  steps_.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
}

void Program::note_last_readers() {
  std::set<const Value*> later(graph().outputs().begin(), graph().outputs().end());
  last_read_by_.resize(steps_.size());
  for (size_t i = steps_.size(); i-- > 0;) {
    for (const Value* input : steps_[i].inputs)
      if (later.insert(input).second) last_read_by_[i].push_back(input);
    for (const Value* output : steps_[i].node->outputs())
      if (!later.contains(output)) last_read_by_[i].push_back(output);
  }
}

Result<Tensors> Program::run(std::span<const Tensor> inputs, int threads) const {
  Environment environment;
  for (size_t i = 0; i < inputs.size(); ++i) environment[graph().inputs()[i]] = inputs[i];
  for (size_t i = 0; i < steps_.size(); ++i)
    if (auto status = run_step(i, threads, environment); !status) return std::move(status).error().at(steps_[i].node->describe());
  Tensors outputs;
  for (const Value* output : graph().outputs())
    outputs.push_back(output->is_constant() ? output->constant() : environment.at(output));
  return outputs;
}

Status Program::run_step(size_t index, int threads, Environment& environment) const {
  const Step& step = steps_[index];
  Tensors inputs;
  for (const Value* value : step.inputs) {
    if (value == nullptr) inputs.emplace_back();
    else inputs.push_back(value->is_constant() ? value->constant() : environment.at(value));
  }
  HEADRACE_TRY(Tensors outputs, step.run(inputs, threads));
  if (outputs.size() < step.node->outputs().size())
    return unsupported("its output " + std::to_string(outputs.size()) + " is not computed by the reference engine");
  for (size_t i = 0; i < step.node->outputs().size(); ++i)
    if (const Value* output = step.node->outputs()[i]; output != nullptr) environment[output] = std::move(outputs[i]);
  for (const Value* value : last_read_by_[index]) environment.erase(value);
  return Ok{};
}

}  // namespace headrace::reference
