#include "deploy/convert.h"

#include "deploy/deploy.h"
#include "deploy/import.h"
#include "deploy/option_values.h"
#include "deploy/output_path.h"
#include "deploy/set_batch.h"
#include "proto/infer_shapes.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

ModelSize size_of(const Model& model, const fs::path& file) {
  return {model_bytes(file), model.graph->nodes().size(), model.opset()};
}

Status rename(Graph& graph, const std::vector<Value*>& values, const std::vector<std::string>& names, std::string_view kind) {
  if (names.empty()) return Ok{};
  if (names.size() != values.size())
    return invalid_argument(std::to_string(names.size()) + " names for " + std::to_string(values.size()) + " " +
                            std::string(kind) + "s");
  for (size_t i = 0; i < names.size(); ++i) {
    if (values[i]->name() == names[i]) continue;
    if (names[i].empty()) return invalid_argument("a name of an " + std::string(kind) + " is empty");
    Value* const holder = graph.find(names[i]);  // an inner value makes room
    if (holder != nullptr && (holder->is_graph_input() || holder->is_graph_output() || holder->pinned()))
      return invalid_argument("the name '" + names[i] + "' is taken by another input or output");
    if (holder != nullptr) graph.rename(holder, graph.unique_name(names[i] + "_inner"));
    if (values[i]->pinned()) return unsupported("'" + values[i]->name() + "' is read by a subgraph and keeps its name");
    graph.rename(values[i], names[i]);
  }
  return Ok{};
}

}  // namespace

Result<std::optional<Dim>> parse_batch(std::string_view text) {
  if (text == "dynamic") return std::optional<Dim>(Dim{-1, "batch"});
  Result<int64_t> size = parse_integer(text, 1, 1 << 20);
  if (!size) return invalid_argument("'" + std::string(text) + "' is neither a batch size from 1 up nor 'dynamic'").at("--batch");
  return std::optional<Dim>(Dim{*size, {}});
}

Result<Converted> convert_file(const fs::path& given, const fs::path& output, const ConvertOptions& options) {
  Converted result;
  HEADRACE_CHECK(check_output(output));
  HEADRACE_TRY(Model model, import_model(given, options.weights));
  result.before = size_of(model, is_bundle(given) ? given / "model.onnx" : given);
  HEADRACE_CHECK(rename(*model.graph, model.graph->inputs(), options.input_names, "input"));
  HEADRACE_CHECK(rename(*model.graph, model.graph->outputs(), options.output_names, "output"));
  if (options.batch) HEADRACE_CHECK(set_batch(model, *options.batch));
  HEADRACE_TRY(result.passes, simplify(model, options.passes));
  if (options.opset != 0 && options.opset != model.opset()) {
    HEADRACE_TRY(model, convert_opset(model, options.opset));
  }
  HEADRACE_CHECK(write_onnx(model, output, options.write));
  result.after = size_of(model, output);
  return result;
}

}  // namespace headrace
