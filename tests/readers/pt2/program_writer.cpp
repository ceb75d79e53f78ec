#include "program_writer.h"

#include "support/zip_writer.h"

namespace headrace::testing {

using nlohmann::json;

namespace {

json size_of(int64_t extent) {
  if (extent >= 0) return {{"as_int", extent}};
  return {{"as_expr", {{"expr_str", "Symbol('s77', positive=True, integer=True)"}, {"hint", {{"as_int", 2}}}}}};
}

json payload(const std::string& path, const std::vector<int64_t>& sizes) {
  return {{"path_name", path}, {"is_param", true}, {"use_pickle", false}, {"tensor_meta", tensor_meta(sizes)}};
}

json parameter(const std::string& name, const std::string& target) {
  return {{"parameter", {{"arg", {{"name", name}}}, {"parameter_name", target}}}};
}

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace

json tensor_meta(const std::vector<int64_t>& sizes, int dtype) {
  json meta = {{"dtype", dtype}, {"requires_grad", false}, {"device", {{"type", "cpu"}, {"index", nullptr}}}, {"layout", 7}};
  meta["sizes"] = meta["strides"] = json::array();
  meta["storage_offset"] = {{"as_int", 0}};
  int64_t stride = 1;
  for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) {
    meta["sizes"].insert(meta["sizes"].begin(), size_of(*size));
    meta["strides"].insert(meta["strides"].begin(), size_of(stride));
    stride *= *size;
  }
  return meta;
}

json tensor_argument(const std::string& name, const std::string& tensor) {
  return {{"name", name}, {"arg", {{"as_tensor", {{"name", tensor}}}}}, {"kind", 1}};
}

ProgramWriter::ProgramWriter() {
  json& signature = program["graph_module"]["signature"];
  signature["input_specs"] = {
      parameter("p_w", "fc.weight"), parameter("p_b", "fc.bias"), {{"user_input", {{"arg", {{"as_tensor", {{"name", "x"}}}}}}}}};
  graph()["nodes"] = json::array();
  graph()["tensor_values"] = {{"p_w", tensor_meta({4, 3})}, {"p_b", tensor_meta({4})}, {"x", tensor_meta({-1, 3})}};
  graph()["sym_int_values"] = json::object();
  json& linear = add_node("torch.ops.aten.linear.default", "x", "linear");
  linear["inputs"] = {tensor_argument("input", "x"), tensor_argument("weight", "p_w"), tensor_argument("bias", "p_b")};
  linear["metadata"] = {{"stack_trace", "File \"/home/someone/net.py\", line 7, in forward\n    return self.fc(x).relu()"},
                        {"nn_module_stack", "L__self__,,net.Net;L__self__fc,fc,torch.nn.Linear"}};
  add_node("torch.ops.aten.relu.default", "linear", "relu");
  set_output("relu");
  program["schema_version"] = {{"major", 8}, {"minor", 20}};
  program["torch_version"] = "2.13.0";
  weights["config"] = {{"fc.weight", payload("weight_0", {4, 3})}, {"fc.bias", payload("weight_1", {4})}};
  constants["config"] = json::object();
  files["data/weights/weight_0"] = floats({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  files["data/weights/weight_1"] = floats({0.5F, -0.5F, 1.5F, -1.5F});
}

json& ProgramWriter::add_node(const std::string& target, const std::string& input, const std::string& output) {
  graph()["tensor_values"][output] = tensor_meta({-1, 4});
  nodes().push_back({{"target", target},
                     {"inputs", {tensor_argument("self", input)}},
                     {"outputs", {{{"as_tensor", {{"name", output}}}}}},
                     {"metadata", {{"stack_trace", "File \"/home/someone/net.py\", line 9, in forward\n    y = f(x)"}}},
                     {"name", output}});
  return nodes().back();
}

void ProgramWriter::set_output(const std::string& name) {
  graph()["outputs"] = {{{"as_tensor", {{"name", name}}}}};
  program["graph_module"]["signature"]["output_specs"] = {{{"user_output", {{"arg", {{"as_tensor", {{"name", name}}}}}}}}};
}

std::string ProgramWriter::archive() const {
  std::vector<ZipMember> members = {{"net/archive_format", "pt2"},
                                    {"net/byteorder", "little"},
                                    {"net/models/model.json", program_text.empty() ? program.dump() : program_text},
                                    {"net/data/weights/model_weights_config.json", weights.dump()},
                                    {"net/data/constants/model_constants_config.json", constants.dump()}};
  for (const auto& [name, bytes] : files) members.push_back({"net/" + name, bytes});
  return write_zip(members);
}

}  // namespace headrace::testing
