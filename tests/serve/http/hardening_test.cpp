// What clients get that do not behave: 4xx and a message, and the server goes on.
#include "server_fixture.h"
#include "support/deflate.h"

namespace headrace::serve::testing {
namespace {

using ::testing::HasSubstr;

class Hardening : public ServerTest {
 protected:
  void TearDown() override { EXPECT_EQ(ask(get("/v2/health/live")).status, 200) << "the server is still there"; }
};

const std::string kInfer = "/v2/models/identity/infer";
const std::string kGood = one_input("FP32", "[1]", "[1]");

std::string chunked(std::string_view path, std::string_view chunks, std::string_view fields = {}) {
  std::string request = "POST " + std::string(path) + " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n";
  return request.append(fields).append("\r\n").append(chunks);
}

TEST_F(Hardening, AmbiguousLengthsAreRefused) {
  for (const char* fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 6\r\n", "Content-Length: -1\r\n",
        "Content-Length: 5x\r\n", "Content-Length: 99999999999999999999999\r\n", "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n"})
    EXPECT_EQ(ask("POST " + kInfer + " HTTP/1.1\r\nHost: t\r\n" + fields + "\r\n0\r\n\r\n").status, 400) << fields;
  EXPECT_EQ(ask("POST " + kInfer + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").status, 400);
}

TEST_F(Hardening, MalformedHeadersAreRefused) {
  for (const char* request :
       {"GARBAGE\r\n\r\n", "GET /v2 HTTP/1.1\r\nHost t\r\n\r\n", "GET /v2 HTTP/2.0\r\nHost: t\r\n\r\n",
        "GET /v2 HTTP/1.1\nHost: t\n\n", "GET /v2 HTTP/1.1\r\n\r\n", "GET /v2 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET  /v2 HTTP/1.1\r\nHost: t\r\n\r\n", "GET /v2\x01 HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET /v2 HTTP/1.1\r\nHost: t\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"})
    EXPECT_EQ(ask(request).status, 400) << request;
}

TEST_F(Hardening, HeadersAreBounded) {
  options_.limits.max_header_bytes = 2048;
  EXPECT_EQ(ask(get("/v2", "X: " + std::string(3000, 'x') + "\r\n")).status, 431);
  EXPECT_EQ(ask(get("/" + std::string(3000, 'x'))).status, 414);
  RawClient slow(port());  // line by line, each complete
  slow.send("GET /v2 HTTP/1.1\r\nHost: t\r\n");
  for (int i = 0; i < 100 && slow.send("X-Number-" + std::to_string(i) + ": " + std::string(50, 'x') + "\r\n"); ++i) {
  }
  slow.send("\r\n");
  EXPECT_EQ(slow.read()->status, 431);
}

TEST_F(Hardening, BodiesAreBounded) {
  options_.limits.max_body_bytes = 1000;
  EXPECT_EQ(ask(post(kInfer, std::string(1001, ' '))).status, 413);
  EXPECT_EQ(ask("POST " + kInfer + " HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551615\r\n\r\n").status, 413);
  EXPECT_EQ(ask(chunked(kInfer, "3e9\r\n")).status, 413);
  EXPECT_EQ(ask("POST " + kInfer + " HTTP/1.1\r\nHost: t\r\n\r\n").status, 411);
}

TEST_F(Hardening, OneByteChunks) {
  const std::string data(1'000'000 - kGood.size(), ' ');
  std::string chunks;
  for (const char c : kGood + data) chunks.append("1\r\n").append(1, c).append("\r\n");
  EXPECT_EQ(ask(chunked(kInfer, chunks + "0\r\n\r\n")).status, 200);
}

TEST_F(Hardening, ChunksThatAreNone) {
  for (const char* chunks : {"x\r\n", "5\r\nhelloX", "ffffffffffffffffff\r\n", "-5\r\n"})
    EXPECT_EQ(ask(chunked(kInfer, chunks)).status, 400) << chunks;
}

TEST_F(Hardening, TruncatedRequests) {
  for (const std::string& request : {std::string("GET /v2 HT"), post(kInfer, kGood).substr(0, 120), chunked(kInfer, "5\r\nhe")}) {
    RawClient client(port());
    client.send(request);
    client.end_sending();
    EXPECT_EQ(client.read()->status, 400) << request;
    EXPECT_TRUE(client.closed_by_server());
  }
}

TEST_F(Hardening, InferenceHeaderLengthsThatLie) {
  for (const char* length : {"1", "10000", "-1", "x", "99999999999999999999"})
    EXPECT_EQ(ask(post(kInfer, kGood, std::string("Inference-Header-Content-Length: ") + length + "\r\n")).status, 400) << length;
}

TEST_F(Hardening, BodiesThatAreNoRequests) {
  for (const std::string& body : {std::string(100'000, '['), std::string("\xff\xfe\x00", 3), std::string("{\"inputs\":[NaN]}"),
                                  one_input("FP32", "[1]", "[NaN]"), one_input("FP32", "[1]", std::string(100'000, '[')),
                                  one_input("UINT8", "[1]", "[300]"), one_input("FP32", "[-1]", "[1]"),
                                  one_input("INT64", "[1]", "[" + std::string(10'000, '9') + "]"),
                                  one_input("FP32", "[4611686018427387904,4]", "[1]"), std::string()})
    EXPECT_EQ(infer(body).status, 400) << body.substr(0, 50);
}

TEST_F(Hardening, CompressedBodies) {
  options_.limits.max_body_bytes = 1 << 20;
  EXPECT_EQ(ask(post(kInfer, headrace::testing::deflated(kGood, 31), "Content-Encoding: gzip\r\n")).status, 200);
  EXPECT_EQ(ask(post(kInfer, headrace::testing::deflated(std::string(8 << 20, ' '), 31), "Content-Encoding: gzip\r\n")).status,
            413);
  EXPECT_EQ(ask(post(kInfer, kGood, "Content-Encoding: gzip\r\n")).status, 400);
  EXPECT_EQ(ask(post(kInfer, kGood, "Content-Encoding: br\r\n")).status, 415);
}

TEST_F(Hardening, BytesInFlightAreBounded) {
  options_.limits.max_body_bytes_in_flight = 1 << 20;
  service_.hold = true;
  RawClient first(port());
  first.send(post(kInfer, kGood + std::string(400'000, ' ')));
  ASSERT_TRUE(service_.wait_for_held(1));
  const Answer second = ask(post(kInfer, kGood + std::string(400'000, ' ')));
  EXPECT_EQ(second.status, 429);
  EXPECT_EQ(second.fields.at("retry-after"), "1");
  service_.hold = false;
  service_.release();
  EXPECT_EQ(first.read()->status, 200);
  EXPECT_EQ(ask(post(kInfer, kGood + std::string(400'000, ' '))).status, 200);
}

TEST_F(Hardening, ALargeRefusedBodyStillGetsItsAnswer) {
  options_.limits.max_body_bytes = 1 << 20;
  RawClient client(port());
  client.send("POST " + kInfer + " HTTP/1.1\r\nHost: t\r\nContent-Length: 8388608\r\n\r\n");
  client.send(std::string(8 << 20, 'x'));  // without looking at what the server says
  const auto answer = client.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST_F(Hardening, MethodsAndPaths) {
  EXPECT_EQ(ask(get("/v2/models/%2e%2e/ready")).status, 400);
  EXPECT_EQ(ask(get("/v2/models/../../etc/passwd")).status, 404);
  const Answer answer = ask(get("/v2/health/live", {}, "DELETE"));
  EXPECT_EQ(answer.status, 405);
  EXPECT_THAT(answer.fields.at("allow"), HasSubstr("GET"));
}

}  // namespace
}  // namespace headrace::serve::testing
