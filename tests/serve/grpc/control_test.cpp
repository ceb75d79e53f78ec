// Load and unload; who may call what.
#include "serve/grpc/client.h"

namespace headrace::serve::testing {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

class Control : public GrpcTest {
 protected:
  StatusCode load(const inference::RepositoryModelLoadRequest& request, const std::string& token = "") {
    grpc::ClientContext context;
    set_patience(context);
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    status_ = stub().RepositoryModelLoad(&context, request, &loaded_);
    return status_.error_code();
  }
  static inference::RepositoryModelLoadRequest of_model(const std::string& name) {
    inference::RepositoryModelLoadRequest request;
    request.set_model_name(name);
    return request;
  }
  grpc::Status status_;
  inference::RepositoryModelLoadResponse loaded_;
};

TEST_F(Control, LoadsAndUnloads) {
  EXPECT_EQ(load(of_model("identity")), StatusCode::OK);
  EXPECT_TRUE(loaded_.is_loaded());
  grpc::ClientContext context;
  set_patience(context);
  inference::RepositoryModelUnloadRequest request;
  request.set_model_name("identity");
  (*request.mutable_parameters())["unload_dependents"].set_bool_param(false);
  inference::RepositoryModelUnloadResponse response;
  EXPECT_TRUE(stub().RepositoryModelUnload(&context, request, &response).ok());
  EXPECT_TRUE(response.is_unloaded());
}

TEST_F(Control, KServesClientsNameTheModelInAnotherField) {
  inference::RepositoryModelLoadRequest request;
  request.set_repository_name("identity");
  EXPECT_EQ(load(request), StatusCode::OK);
  EXPECT_EQ(loaded_.model_name(), "identity");
}

TEST_F(Control, RefusalsSayWhy) {
  EXPECT_EQ(load(of_model("nobody")), StatusCode::NOT_FOUND);
  EXPECT_EQ(load(of_model("invalid model")), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(load(of_model("")), StatusCode::INVALID_ARGUMENT);
  auto overriding = of_model("identity");
  (*overriding.mutable_parameters())["config"].set_string_param("{}");
  EXPECT_EQ(load(overriding), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status_.error_message(), HasSubstr("'config'"));
  service_.control_allowed = false;
  EXPECT_EQ(load(of_model("identity")), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status_.error_message(), HasSubstr("--allow-control"));
}

TEST_F(Control, TokensForDataAndControl) {
  ServerOptions options = loopback();
  options.access.data_token = "data";
  options.access.control_token = "control";
  start(options);
  EXPECT_EQ(load(of_model("identity")), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(load(of_model("identity"), "data"), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(load(of_model("identity"), "control"), StatusCode::OK);
  EXPECT_EQ(infer(raw_request("identity", {1})).error_code(), StatusCode::UNAUTHENTICATED);
  grpc::ClientContext with_token, open, streamed;
  with_token.AddMetadata("authorization", "Bearer data");
  inference::ModelInferResponse response;
  EXPECT_TRUE(stub().ModelInfer(&with_token, raw_request("identity", {1}), &response).ok());
  inference::ServerLiveResponse live;
  EXPECT_TRUE(stub().ServerLive(&open, {}, &live).ok()) << "probes bring no token";
  EXPECT_EQ(stub().ModelStreamInfer(&streamed)->Finish().error_code(), StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace headrace::serve::testing
