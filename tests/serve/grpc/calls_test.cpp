// The calls that ask: health, metadata, configuration, statistics, index.
#include "health.grpc.pb.h"
#include "serve/grpc/client.h"

namespace headrace::serve::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Calls : public GrpcTest {
 protected:
  // The answer to a request, by a method of the stub.
  template <typename Response, typename Request>
  Response ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), const Request& request) {
    grpc::ClientContext context;
    set_patience(context);
    Response response;
    status_ = (stub().*method)(&context, request, &response);
    return response;
  }
  template <typename Request>
  static Request of_model(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }
  grpc::Status status_;
};

TEST_F(Calls, LiveAndReadyAreTheServices) {
  EXPECT_TRUE(ask(&Stub::ServerLive, inference::ServerLiveRequest()).live());
  EXPECT_TRUE(ask(&Stub::ServerReady, inference::ServerReadyRequest()).ready());
  service_.is_ready = false;
  EXPECT_FALSE(ask(&Stub::ServerReady, inference::ServerReadyRequest()).ready());
  EXPECT_TRUE(status_.ok());
}

TEST_F(Calls, AModelIsReadyOrNotOrUnknown) {
  EXPECT_TRUE(ask(&Stub::ModelReady, of_model<inference::ModelReadyRequest>("identity")).ready());
  EXPECT_FALSE(ask(&Stub::ModelReady, of_model<inference::ModelReadyRequest>("unavailable")).ready());
  EXPECT_TRUE(status_.ok());
  EXPECT_FALSE(ask(&Stub::ModelReady, of_model<inference::ModelReadyRequest>("nobody")).ready());
  EXPECT_TRUE(status_.ok());
}

TEST_F(Calls, ServerMetadata) {
  const auto server = ask(&Stub::ServerMetadata, inference::ServerMetadataRequest());
  EXPECT_EQ(server.name(), "headrace");
  EXPECT_EQ(server.version(), "1.2.3");
  EXPECT_THAT(server.extensions(), ElementsAre("binary_tensor_data", "statistics"));
}

TEST_F(Calls, ModelMetadataHasTheBatchAsMinusOne) {
  const auto model = ask(&Stub::ModelMetadata, of_model<inference::ModelMetadataRequest>("identity"));
  EXPECT_EQ(model.platform(), "headrace_native");
  EXPECT_THAT(model.versions(), ElementsAre("1", "2"));
  ASSERT_EQ(model.inputs_size(), 2);
  EXPECT_EQ(model.inputs(0).datatype(), "FP32");
  EXPECT_THAT(model.inputs(0).shape(), ElementsAre(-1, 3));
  EXPECT_EQ(model.inputs(1).datatype(), "BYTES");
  ASSERT_EQ(model.outputs_size(), 1);
  EXPECT_EQ(model.outputs(0).datatype(), "INT64");
}

TEST_F(Calls, ModelConfigHasTritonsForm) {
  const auto config = ask(&Stub::ModelConfig, of_model<inference::ModelConfigRequest>("identity")).config();
  EXPECT_EQ(config.max_batch_size(), 8);
  EXPECT_EQ(config.input(0).data_type(), inference::TYPE_FP32);
  EXPECT_EQ(config.input(1).data_type(), inference::TYPE_STRING);
  EXPECT_THAT(config.input(0).dims(), ElementsAre(3)) << "without the batch";
  EXPECT_EQ(config.instance_group(0).count(), 2);
  EXPECT_THAT(config.dynamic_batching().preferred_batch_size(), ElementsAre(4, 8));
  EXPECT_EQ(config.dynamic_batching().max_queue_delay_microseconds(), 250U);
  EXPECT_EQ(config.dynamic_batching().default_queue_policy().default_timeout_microseconds(), 20000U);
  EXPECT_EQ(config.parameters().at("threads").string_value(), "3");
}

TEST_F(Calls, Statistics) {
  const auto all = ask(&Stub::ModelStatistics, inference::ModelStatisticsRequest());
  ASSERT_EQ(all.model_stats_size(), 1);
  const auto& model = all.model_stats(0);
  EXPECT_EQ(model.inference_count(), 5U);
  EXPECT_EQ(model.execution_count(), 2U);
  EXPECT_EQ(model.inference_stats().success().ns(), 900U);
  EXPECT_EQ(model.batch_stats(0).batch_size(), 4U);
  EXPECT_EQ(model.batch_stats(0).compute_output().ns(), 30U);
}

TEST_F(Calls, IndexOfAllAndOfReadyModels) {
  inference::RepositoryIndexRequest request;
  const auto all = ask(&Stub::RepositoryIndex, request);
  ASSERT_EQ(all.models_size(), 2);
  EXPECT_EQ(all.models(1).state(), "UNAVAILABLE");
  EXPECT_EQ(all.models(1).reason(), "its file is cut off");
  request.set_ready(true);
  EXPECT_EQ(ask(&Stub::RepositoryIndex, request).models_size(), 1);
}

TEST_F(Calls, HealthIsWhatKubernetesAsks) {
  const auto health = grpc::health::v1::Health::NewStub(channel());
  const auto check = [&](const std::string& service) {
    grpc::ClientContext context;
    set_patience(context);
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    status_ = health->Check(&context, request, &response);
    return response.status();
  };
  EXPECT_EQ(check(""), grpc::health::v1::HealthCheckResponse::SERVING);
  EXPECT_EQ(check("inference.GRPCInferenceService"), grpc::health::v1::HealthCheckResponse::SERVING);
  service_.is_ready = false;
  EXPECT_EQ(check(""), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  check("others");
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace headrace::serve::testing
