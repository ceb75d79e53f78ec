// A small exported program as torch.export.save writes it, whose every part a test may spoil:
//   relu(linear(x, fc.weight, fc.bias)) for x: float32[s77, 3], fc.weight: float32[4, 3], fc.bias: float32[4]
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace headrace::testing {

struct ProgramWriter {
  ProgramWriter();

  nlohmann::json program, weights, constants;
  std::map<std::string, std::string> files;  // "data/weights/weight_0" to its bytes
  std::string program_text;                  // instead of `program`, where not empty

  nlohmann::json& graph() { return program["graph_module"]["graph"]; }
  nlohmann::json& nodes() { return graph()["nodes"]; }
  // Adds a node of `target` on the tensor `input`, which makes `output` of x's kind and shape [s77, 4].
  nlohmann::json& add_node(const std::string& target, const std::string& input, const std::string& output);
  void set_output(const std::string& name);
  std::string archive() const;
};

nlohmann::json tensor_meta(const std::vector<int64_t>& sizes, int dtype = 7);  // -1: the symbol s77
nlohmann::json tensor_argument(const std::string& name, const std::string& tensor);

}  // namespace headrace::testing
