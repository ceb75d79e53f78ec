#include "serve/grpc/client.h"

namespace headrace::serve::testing {

ServerOptions loopback() {
  ServerOptions options;
  options.grpc_port = 0;
  return options;
}

GrpcTest::GrpcTest() {
  service_.signature = {{{"x", DType::kFloat32, {{-1, "N"}, {3, ""}}}, {"text", DType::kString, {{-1, "N"}, {1, ""}}}},
                        {{"y", DType::kInt64, {{-1, "N"}}}}};
}

void GrpcTest::start(const ServerOptions& options, std::shared_ptr<AccessLog> log) {
  auto started = GrpcServer::start(service_, options, std::move(log));
  ASSERT_TRUE(started.ok()) << started.error().describe();
  server_ = std::move(started).value();
}

void GrpcTest::TearDown() {
  stub_.reset();
  channel_.reset();
  server_.reset();
}

GrpcServer& GrpcTest::server() {
  if (!server_) start(loopback());
  return *server_;
}

std::shared_ptr<grpc::Channel> GrpcTest::channel() {
  if (channel_) return channel_;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own for each test
  arguments.SetMaxReceiveMessageSize(-1);
  channel_ =
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server().port()), grpc::InsecureChannelCredentials(), arguments);
  return channel_;
}

Stub& GrpcTest::stub() {
  if (!stub_) stub_ = inference::GRPCInferenceService::NewStub(channel());
  return *stub_;
}

grpc::Status GrpcTest::infer(const inference::ModelInferRequest& request, inference::ModelInferResponse* response) {
  grpc::ClientContext context;
  set_patience(context);
  inference::ModelInferResponse ignored;
  return stub().ModelInfer(&context, request, response != nullptr ? response : &ignored);
}

void set_patience(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
}

std::string raw_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

inference::ModelInferRequest::InferInputTensor* add_input(inference::ModelInferRequest& request, const std::string& name,
                                                          const std::string& datatype, const std::vector<int64_t>& shape) {
  auto* const input = request.add_inputs();
  input->set_name(name);
  input->set_datatype(datatype);
  input->mutable_shape()->Add(shape.begin(), shape.end());
  return input;
}

inference::ModelInferRequest raw_request(const std::string& model, const std::vector<float>& values, const std::string& id) {
  inference::ModelInferRequest request;
  request.set_model_name(model);
  request.set_id(id);
  add_input(request, "x", "FP32", {static_cast<int64_t>(values.size())});
  request.add_raw_input_contents(raw_of(values));
  return request;
}

}  // namespace headrace::serve::testing
