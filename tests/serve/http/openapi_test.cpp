// The description that the server gives of itself is well-formed, and true: each operation in it is one that is there.
#include "serve/http/openapi.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "serve/http/route.h"
#include "server_fixture.h"

namespace headrace::serve::testing {
namespace {

using nlohmann::json;

const json& document() {
  static const json parsed = json::parse(openapi_document());
  return parsed;
}

void for_each_operation(const std::function<void(const std::string& path, const std::string& method, const json& operation)>& f) {
  for (const auto& [path, methods] : document()["paths"].items())
    for (const auto& [method, operation] : methods.items()) f(path, method, operation);
}

std::string example(std::string path) {
  for (const auto& [placeholder, value] : {std::pair<std::string, std::string>{"{model}", "identity"}, {"{version}", "1"}})
    if (const size_t at = path.find(placeholder); at != std::string::npos) path.replace(at, placeholder.size(), value);
  return path;
}

void check_references(const json& node) {
  if (node.is_object() && node.contains("$ref")) {
    const std::string reference = node["$ref"].get<std::string>().substr(1);
    EXPECT_TRUE(document().contains(json::json_pointer(reference))) << reference;
  }
  if (node.is_structured())
    for (const json& child : node) check_references(child);
}

TEST(OpenApi, ReferencesLeadSomewhere) {
  EXPECT_EQ(document()["openapi"], "3.0.3");
  check_references(document());
}

TEST(OpenApi, OperationsHaveUniqueNames) {
  std::set<std::string> names;
  for_each_operation([&](const std::string& path, const std::string&, const json& operation) {
    EXPECT_TRUE(names.insert(operation["operationId"]).second) << path;
  });
  EXPECT_EQ(names.size(), 22U);  // as many as there are rows in the table of routes
}

class OpenApiServer : public ServerTest {};

TEST_F(OpenApiServer, EveryOperationIsServedWithAStatusThatIsDescribed) {
  EXPECT_EQ(json::parse(ask(get("/openapi.json")).body), document());
  for_each_operation([&](const std::string& path, const std::string& method, const json& operation) {
    const std::string body = path.ends_with("/infer")     ? one_input("FP32", "[1]", "[1]")
                             : path.ends_with("/picture") ? "a picture"
                                                          : "";
    const Answer answer = ask(method == "post" ? post(example(path), body) : get(example(path)));
    EXPECT_EQ(answer.status, 200) << path;
    const json& content = operation["responses"]["200"]["content"];
    const std::string type = answer.fields.at("content-type");
    EXPECT_TRUE(content.contains(type.substr(0, type.find(';')))) << path << " " << type;
  });
}

TEST_F(OpenApiServer, AnswersHaveTheFieldsThatAreRequired) {
  for_each_operation([&](const std::string& path, const std::string& method, const json& operation) {
    const json& content = operation["responses"]["200"]["content"];
    if (method != "get" || !content.contains("application/json")) return;
    const json& schema = content["application/json"]["schema"];
    if (!schema.contains("$ref")) return;
    const json& resolved = document()[json::json_pointer(schema["$ref"].get<std::string>().substr(1))];
    const json answer = json::parse(ask(get(example(path))).body);
    for (const json& field : resolved["required"]) EXPECT_TRUE(answer.contains(field.get<std::string>())) << path << " " << field;
    for (const auto& [field, value] : answer.items()) EXPECT_TRUE(resolved["properties"].contains(field)) << path << " " << field;
  });
}

TEST_F(OpenApiServer, ScopesAreThoseThatAreAsked) {
  options_.access.data_token = "d";
  options_.access.control_token = "c";
  for_each_operation([&](const std::string& path, const std::string& method, const json& operation) {
    const json& security = operation["security"];
    const Answer answer = ask(method == "post" ? post(example(path), "x") : get(example(path)));
    EXPECT_EQ(answer.status == 401, !security.empty()) << path;
    if (security.empty()) return;
    const std::string token =
        std::string("Authorization: Bearer ") + (security[0].contains("control_token") ? "c" : "d") + "\r\n";
    EXPECT_NE(ask(method == "post" ? post(example(path), "x", token) : get(example(path), token)).status, 401) << path;
  });
}

}  // namespace
}  // namespace headrace::serve::testing
