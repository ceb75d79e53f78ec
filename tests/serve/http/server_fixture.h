// A server over a fake service, on a free port of the loopback.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "raw_client.h"
#include "serve/fake_service.h"
#include "serve/http/http_server.h"
#include "support/test_support.h"

namespace headrace::serve::testing {

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() { options_.http_port = 0; }

  void start() {
    auto server = HttpServer::start(service_, options_, log_);
    ASSERT_OK(server);
    server_ = *std::move(server);
  }
  uint16_t port() {
    if (!server_) start();
    return server_->port();
  }
  Answer ask(std::string_view request) { return testing::ask(port(), request); }
  Answer infer(std::string_view json) { return ask(post("/v2/models/identity/infer", json)); }

  FakeService service_;
  ServerOptions options_;
  std::shared_ptr<AccessLog> log_;
  std::unique_ptr<HttpServer> server_;
};

// An inference request with one input.
inline std::string one_input(std::string_view datatype, std::string_view shape, std::string_view data) {
  return std::string(R"({"inputs":[{"name":"x","datatype":")")
      .append(datatype)
      .append(R"(","shape":)")
      .append(shape)
      .append(R"(,"data":)")
      .append(data)
      .append("}]}");
}

}  // namespace headrace::serve::testing
