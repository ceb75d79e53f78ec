#include <nlohmann/json.hpp>

#include "load/scripted_server.h"

namespace headrace::testing {

Scripted echo(const Asked& asked) {
  using Json = nlohmann::json;
  const auto header = asked.headers.find("inference-header-content-length");
  const size_t json_bytes = header == asked.headers.end() ? asked.body.size() : std::stoul(header->second);
  const Json input = Json::parse(asked.body.substr(0, json_bytes))["inputs"][0];
  Json output = {{"name", "y"}, {"datatype", input["datatype"]}, {"shape", input["shape"]}};
  const bool binary = header != asked.headers.end();
  if (binary) output["parameters"] = input["parameters"];
  else output["data"] = input["data"];
  Scripted answer;
  answer.body = Json{{"model_name", "id"}, {"outputs", {output}}}.dump();
  if (!binary) return answer;
  answer.json_bytes = answer.body.size();
  answer.body += asked.body.substr(json_bytes);
  return answer;
}

}  // namespace headrace::testing
