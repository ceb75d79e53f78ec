// The options of bundles and servers: what is written, what overrules what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/recipe.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServeOptions, ReadFromAFile) {
  const Result<Recipe> recipe = parse_recipe(R"(
[serve]
engine = "native"
threads = 2
instances = 3
max-batch-size = 16
preferred-batch-sizes = [4, 8]
max-queue-delay-us = 500
max-queue-size = 100
default-deadline-ms = 250
hang-seconds = 5
versions = ["1", "3"]
[server]
host = "0.0.0.0"
http-port = 0
grpc-port = -1
http-threads = 2
max-body-bytes = 1048576
max-header-bytes = 4096
max-json-depth = 8
max-tensors = 16
max-connections = 10
header-timeout-ms = 1
body-timeout-ms = 2
idle-timeout-ms = 3
max-body-bytes-in-flight = 2097152
data-token-file = "data.token"
control-token-file = "/run/control.token"
tls-certificate = "server.crt"
tls-key = "server.key"
allow-control = true
poll-seconds = 0.5
drain-seconds = 3
access-log = "access.log"
triton-metrics = true
)",
                                             "/models");
  ASSERT_OK(recipe);
  const serve::ModelOptions& model = recipe->serve;
  EXPECT_EQ(model.engine, "native");
  EXPECT_EQ(model.threads, 2);
  EXPECT_EQ(model.instances, 3);
  EXPECT_EQ(model.max_batch_size, 16);
  EXPECT_THAT(model.preferred_batch_sizes, ElementsAre(4, 8));
  EXPECT_EQ(model.max_queue_delay_us, 500);
  EXPECT_EQ(model.max_queue_size, 100);
  EXPECT_EQ(model.default_deadline_ms, 250);
  EXPECT_EQ(model.hang_seconds, 5);
  EXPECT_THAT(recipe->serve_versions, ElementsAre("1", "3"));
  const serve::ServerOptions& server = recipe->server;
  EXPECT_EQ(server.host, "0.0.0.0");
  EXPECT_EQ(server.http_port, 0);
  EXPECT_EQ(server.grpc_port, -1);
  EXPECT_EQ(server.http_threads, 2);
  EXPECT_EQ(server.limits.max_body_bytes, 1u << 20);
  EXPECT_EQ(server.limits.max_header_bytes, 4096u);
  EXPECT_EQ(server.limits.max_json_depth, 8);
  EXPECT_EQ(server.limits.max_tensors, 16);
  EXPECT_EQ(server.limits.max_connections, 10);
  EXPECT_EQ(server.limits.header_timeout_ms, 1);
  EXPECT_EQ(server.limits.body_timeout_ms, 2);
  EXPECT_EQ(server.limits.idle_timeout_ms, 3);
  EXPECT_EQ(server.limits.max_body_bytes_in_flight, 2u << 20);
  EXPECT_EQ(server.access.data_token_file, "/models/data.token");
  EXPECT_EQ(server.access.control_token_file, "/run/control.token");
  EXPECT_EQ(server.access.tls_certificate, "/models/server.crt");
  EXPECT_EQ(server.access.tls_key, "/models/server.key");
  EXPECT_TRUE(server.allow_control);
  EXPECT_DOUBLE_EQ(server.poll_seconds, 0.5);
  EXPECT_DOUBLE_EQ(server.drain_seconds, 3);
  EXPECT_EQ(server.access_log, "/models/access.log");
  EXPECT_TRUE(server.triton_metrics);
}

TEST(ServeOptions, StandardOutputIsNoFile) {
  EXPECT_EQ(parse_recipe("[server]\naccess-log = \"-\"\n", "/models")->server.access_log, "-");
}

TEST(ServeOptions, DefaultsAreNotWrittenIntoBundles) {
  Recipe recipe;
  EXPECT_THAT(to_toml(recipe), Not(HasSubstr("[server]")));
  EXPECT_THAT(to_toml(recipe), HasSubstr("[serve]\nthreads = 1\n"));
  recipe.serve.max_batch_size = 4;
  recipe.server.http_port = 80;
  EXPECT_THAT(to_toml(recipe), HasSubstr("[serve]\nthreads = 1\nmax-batch-size = 4\n\n[server]\nhttp-port = 80\n"));
  EXPECT_EQ(parse_recipe(to_toml(recipe), "/")->server.http_port, 80);
}

TEST(ServeOptions, EveryOneIsAFlagOfServe) {
  size_t count = 0;
  for (const Option& option : option_table()) {
    const bool serves = option.key.starts_with("serve.") || option.key.starts_with("server.");
    EXPECT_EQ(offered_by(option, "serve"), serves) << option.key;
    count += serves ? 1 : 0;
  }
  EXPECT_EQ(count, 32u);
}

TEST(ServeOptions, NoneHoldsAToken) {
  for (const Option& option : option_table())
    EXPECT_TRUE(!option.key.ends_with("token")) << option.key << ": a command line is no place for a secret";
}

}  // namespace
}  // namespace headrace
