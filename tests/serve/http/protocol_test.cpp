// What clients that behave get.
#include <nlohmann/json.hpp>
#include <thread>

#include "server_fixture.h"

namespace headrace::serve::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Protocol : public ServerTest {};

std::string raw_floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::string binary_json(std::string_view parameters = "{}") {
  return std::string(
             R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}],"parameters":)")
      .append(parameters)
      .append("}");
}

std::string header_length(size_t bytes) { return "Inference-Header-Content-Length: " + std::to_string(bytes) + "\r\n"; }

TEST_F(Protocol, HealthAndMetadata) {
  EXPECT_EQ(json::parse(ask(get("/v2")).body)["name"], "headrace");
  EXPECT_EQ(json::parse(ask(get("/v2/health/live")).body)["live"], true);
  EXPECT_EQ(ask(get("/v2/health/ready")).status, 200);
  EXPECT_EQ(json::parse(ask(get("/v2/models/identity/ready")).body)["ready"], true);
  EXPECT_EQ(ask(get("/v2/models/other/ready")).status, 404);
  const json model = json::parse(ask(get("/v2/models/identity/versions/1")).body);
  EXPECT_EQ(model["inputs"][0], json::parse(R"({"name":"x","datatype":"FP32","shape":[-1,2]})"));
  EXPECT_EQ(json::parse(ask(get("/v2/models/identity/config")).body)["input"][0]["dims"], json::parse("[2]"));
  EXPECT_EQ(json::parse(ask(get("/v2/models/stats")).body)["model_stats"][0]["name"], "identity");
  service_.is_ready = false;
  EXPECT_EQ(ask(get("/v2/health/ready")).status, 503);
  EXPECT_EQ(ask(get("/v2/models/identity/ready")).status, 503);
}

TEST_F(Protocol, PagesAndMetrics) {
  const Answer page = ask(get("/"));
  EXPECT_THAT(page.fields.at("content-type"), HasSubstr("text/html"));
  EXPECT_THAT(page.body, HasSubstr("<html"));
  EXPECT_THAT(ask(get("/metrics")).body, HasSubstr("up 1"));
}

TEST_F(Protocol, HeadIsGetWithoutABody) {
  RawClient client(port());
  client.send(get("/v2", {}, "HEAD") + get("/v2"));
  const auto head = client.read(true);
  const auto whole = client.read();
  ASSERT_TRUE(head && whole);
  EXPECT_EQ(head->fields.at("content-length"), std::to_string(whole->body.size()));
}

TEST_F(Protocol, JsonInference) {
  const Answer answer = infer(R"({"id":"a1","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[0.1,-3e-7]}]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"model_name":"identity","model_version":"2","id":"a1","outputs":[)"
                         R"({"name":"x","datatype":"FP32","shape":[1,2],"data":[0.1,-3e-07]}]})");
}

TEST_F(Protocol, EveryDatatypeComesBackInJson) {
  for (const auto& [datatype, data] : {std::pair{"BOOL", "[true,false]"},
                                       {"UINT8", "[0,255]"},
                                       {"INT8", "[-128,1]"},
                                       {"INT16", "[-7,7]"},
                                       {"UINT16", "[0,65535]"},
                                       {"INT32", "[-1,1]"},
                                       {"UINT32", "[0,4294967295]"},
                                       {"INT64", "[-9223372036854775808,1]"},
                                       {"UINT64", "[0,18446744073709551615]"},
                                       {"FP64", "[0.1,1e+300]"},
                                       {"BYTES", R"(["a\"\n","ü"])"}}) {
    const json answer = json::parse(infer(one_input(datatype, "[2]", data)).body);
    EXPECT_EQ(answer["outputs"][0]["data"], json::parse(data)) << datatype;
  }
}

TEST_F(Protocol, NumbersThatJsonLacksAreNull) {
  service_.compute = [](const InferenceRequest&) {
    return std::vector<NamedTensor>{{"y", Tensor::from<float>({2}, std::vector<float>{NAN, -INFINITY})}};
  };
  EXPECT_THAT(infer(one_input("FP32", "[1]", "[1]")).body, HasSubstr("[null,null]"));
}

TEST_F(Protocol, BinaryInference) {
  const std::string head = binary_json(R"({"binary_data_output":true})");
  const std::string raw = raw_floats({1.5F, -2});
  const Answer answer = ask(post("/v2/models/identity/infer", head + raw, header_length(head.size())));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const size_t length = std::stoul(answer.fields.at("inference-header-content-length"));
  EXPECT_EQ(json::parse(answer.body.substr(0, length))["outputs"][0]["parameters"]["binary_data_size"], 8);
  EXPECT_EQ(answer.body.substr(length), raw);
}

TEST_F(Protocol, BinaryInAndJsonOut) {
  const Answer answer =
      ask(post("/v2/models/identity/infer", binary_json() + raw_floats({1.5F, -2}), header_length(binary_json().size())));
  EXPECT_THAT(answer.body, HasSubstr("\"data\":[1.5,-2]"));
}

TEST_F(Protocol, RawInferenceWithoutJson) {
  const std::string raw = raw_floats({1, 2, 3, 4});
  const Answer answer = ask(post("/v2/models/identity/infer", raw, header_length(0)));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const size_t length = std::stoul(answer.fields.at("inference-header-content-length"));
  EXPECT_EQ(json::parse(answer.body.substr(0, length))["outputs"][0]["shape"], json::parse("[2,2]"));
  EXPECT_EQ(answer.body.substr(length), raw);
  EXPECT_EQ(ask(post("/v2/models/identity/infer", raw + "x", header_length(0))).status, 400);
}

TEST_F(Protocol, StringsThatAreNotUtf8GoOutAsBytesOnly) {
  service_.compute = [](const InferenceRequest&) { return std::vector<NamedTensor>{{"y", Tensor::of_strings({1}, {"\xff"})}}; };
  EXPECT_THAT(infer(one_input("FP32", "[1]", "[1]")).body, HasSubstr("binary_data"));
  const Answer answer = infer(R"({"inputs":[],"parameters":{"binary_data_output":true}})");
  EXPECT_THAT(answer.body, ::testing::EndsWith(std::string("\x01\0\0\0\xff", 5)));
}

TEST_F(Protocol, WhatTheServiceIsTold) {
  const auto before = Clock::now();
  ask(post("/v2/models/identity/versions/1/infer",
           R"({"inputs":[],"outputs":[{"name":"y"}],"parameters":{"priority":3,"timeout":5000000}})",
           "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"));
  const InferenceRequest last = service_.last();
  EXPECT_EQ(last.model + "/" + last.version, "identity/1");
  EXPECT_EQ(last.priority, 3);
  EXPECT_EQ(last.outputs, std::vector<std::string>{"y"});
  EXPECT_THAT(last.traceparent, HasSubstr("0af7651916cd43dd8448eb211c80319c"));
  ASSERT_TRUE(last.deadline.has_value());
  EXPECT_GE(*last.deadline, before + std::chrono::seconds(5));
  EXPECT_EQ(*last.deadline, last.arrived + std::chrono::seconds(5));
}

TEST_F(Protocol, ErrorsHaveTheirStatus) {
  const std::string request = one_input("FP32", "[1]", "[1]");
  const std::vector<std::pair<Error, int>> cases = {{invalid_argument("a"), 400},  {not_found("b"), 404},
                                                    {overloaded("c"), 429},        {unavailable("d"), 503},
                                                    {deadline_exceeded("e"), 504}, {internal_error("f"), 500}};
  for (const auto& [error, status] : cases) {
    service_.failure = error;
    const Answer answer = infer(request);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(json::parse(answer.body)["error"], error.message);
    EXPECT_EQ(answer.fields.count("retry-after"), status == 429 || status == 503 || status == 504 ? 1U : 0U);
  }
  service_.failure = cancelled();
  EXPECT_EQ(infer(request).status, 0);  // closed without an answer
}

TEST_F(Protocol, Pictures) {
  const Answer answer = ask(post("/v2/models/identity/picture?top=2", "\xff\xd8\xff\xe0 a picture"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json top = json::parse(answer.body)["top"];
  ASSERT_EQ(top.size(), 2U);
  EXPECT_EQ(top[0]["index"], 1);
  EXPECT_EQ(top[0]["label"], "dog");
  EXPECT_NEAR(top[0]["probability"].get<double>(), 0.6652, 1e-4);
  EXPECT_EQ(ask(post("/v2/models/identity/picture", "no")).status, 400);
  EXPECT_EQ(ask(post("/v2/models/other/picture", "a picture")).status, 404);
  for (const char* top_text : {"0", "-1", "x", "", "1001", "99999999999999999999"})
    EXPECT_EQ(ask(post(std::string("/v2/models/identity/picture?top=") + top_text, "a picture")).status, 400) << top_text;
}

TEST_F(Protocol, Repository) {
  EXPECT_EQ(json::parse(ask(post("/v2/repository/index", "")).body).size(), 2U);
  EXPECT_EQ(json::parse(ask(post("/v2/repository/index", R"({"ready":true})")).body).size(), 1U);
  EXPECT_EQ(ask(post("/v2/repository/index", R"({"ready":1})")).status, 400);
  EXPECT_EQ(ask(post("/v2/repository/models/identity/load", "{}")).status, 200);
  EXPECT_EQ(ask(post("/v2/repository/models/identity/unload", R"({"parameters":{"unload_dependents":false}})")).status, 200);
  EXPECT_EQ(ask(post("/v2/repository/models/identity/load", R"({"parameters":{"config":"{}"}})")).status, 400);
  EXPECT_EQ(ask(post("/v2/repository/models/other/load", "")).status, 404);
  EXPECT_EQ(service_.loads(), 2);
  service_.control_allowed = false;
  EXPECT_EQ(ask(post("/v2/repository/models/identity/load", "")).status, 403);
}

TEST_F(Protocol, PipelinedRequestsAreAnsweredInOrder) {
  RawClient client(port());
  std::string requests;
  for (int i = 0; i < 200; ++i)
    requests += post("/v2/models/identity/infer", R"({"id":")" + std::to_string(i) + R"(","inputs":[]})");
  client.send(requests);
  client.end_sending();
  for (int i = 0; i < 200; ++i) {
    const auto answer = client.read();
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(json::parse(answer->body)["id"], std::to_string(i));
  }
}

TEST_F(Protocol, Http10AndConnectionClose) {
  RawClient old(port());
  old.send("GET /v2/health/live HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read()->fields.at("connection"), "close");
  EXPECT_TRUE(old.closed_by_server());
  RawClient kept(port());
  kept.send("GET /v2/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.read()->fields.at("connection"), "keep-alive");
  RawClient closing(port());
  closing.send(get("/v2/health/live", "Connection: close\r\n"));
  EXPECT_EQ(closing.read()->fields.at("connection"), "close");
  EXPECT_TRUE(closing.closed_by_server());
}

TEST_F(Protocol, ExpectContinue) {
  RawClient client(port());
  const std::string body = one_input("FP32", "[1]", "[1]");
  const std::string request = post("/v2/models/identity/infer", body, "Expect: 100-continue\r\n");
  client.send(request.substr(0, request.size() - body.size()));
  EXPECT_EQ(client.read()->status, 100);
  client.send(body);
  EXPECT_EQ(client.read()->status, 200);
  EXPECT_EQ(ask(post("/v2/models/identity/infer", body, "Expect: a miracle\r\n")).status, 417);
}

TEST_F(Protocol, ClientsOfHttp10GetNoInterimAnswer) {
  RawClient client(port());
  const std::string body = one_input("FP32", "[1]", "[1]");
  client.send("POST /v2/models/identity/infer HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // an interim answer would be under way by now
  client.send(body);
  EXPECT_EQ(client.read()->status, 200);
}

TEST_F(Protocol, ATaskWithoutMemoryIsAnErrorOfItsRequest) {
  service_.out_of_memory = true;
  EXPECT_EQ(ask(post("/v2/models/identity/picture", "a picture")).status, 503);
  EXPECT_EQ(ask(post("/v2/repository/models/identity/load", "")).status, 503);
  service_.out_of_memory = false;
  EXPECT_EQ(ask(post("/v2/models/identity/picture", "a picture")).status, 200);
}

TEST_F(Protocol, TokensForDataAndControl) {
  options_.access.data_token = "data-secret";
  options_.access.control_token = "control-secret";
  const std::string data = "Authorization: Bearer data-secret\r\n";
  EXPECT_EQ(ask(get("/v2/health/ready")).status, 200);
  const Answer refused = ask(get("/v2"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.fields.at("www-authenticate"), HasSubstr("Bearer"));
  EXPECT_EQ(ask(get("/v2", data)).status, 200);
  EXPECT_EQ(ask(get("/metrics", data)).status, 401);
  EXPECT_EQ(ask(get("/metrics", "Authorization: Bearer control-secret\r\n")).status, 200);
  EXPECT_EQ(ask(post("/v2/repository/models/identity/load", "", data)).status, 401);
  EXPECT_EQ(ask(post("/v2/models/identity/infer", one_input("FP32", "[1]", "[1]"))).status, 401);
  EXPECT_EQ(service_.loads(), 0);
}

}  // namespace
}  // namespace headrace::serve::testing
