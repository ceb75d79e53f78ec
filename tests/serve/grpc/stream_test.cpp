#include <thread>

#include "serve/grpc/client.h"

namespace headrace::serve::testing {
namespace {

using grpc::StatusCode;
using ::testing::HasSubstr;

class Stream : public GrpcTest {
 protected:
  void open() {
    set_patience(context_);
    stream_ = stub().ModelStreamInfer(&context_);
  }
  void TearDown() override {
    stream_.reset();
    GrpcTest::TearDown();
  }
  void send(const std::string& model, const std::string& id) { EXPECT_TRUE(stream_->Write(raw_request(model, {1, 2}, id))); }
  // The id of the next answer, "error ID" when it is one, "end" when there is none.
  std::string next() {
    answer_.Clear();
    if (!stream_->Read(&answer_)) return "end";
    return (answer_.error_message().empty() ? "" : "error ") + answer_.infer_response().id();
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<inference::ModelInferRequest, inference::ModelStreamInferResponse>> stream_;
  inference::ModelStreamInferResponse answer_;
};

TEST_F(Stream, AnErrorIsAnAnswerAndTheStreamGoesOn) {
  open();
  send("identity", "a");
  send("internal error", "b");
  EXPECT_TRUE(stream_->Write(inference::ModelInferRequest()));
  send("identity", "c");
  stream_->WritesDone();
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(answer_.infer_response().raw_output_contents(0), raw_of({1, 2}));
  EXPECT_TRUE(answer_.infer_response().parameters().at("triton_final_response").bool_param());
  EXPECT_EQ(next(), "error b");
  EXPECT_THAT(answer_.error_message(), HasSubstr("as asked for"));
  EXPECT_EQ(next(), "error ");
  EXPECT_EQ(next(), "c");
  EXPECT_EQ(next(), "end");
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(Stream, AnswersKeepTheOrderOfRequests) {
  open();
  send("held", "a");
  send("held", "b");
  send("identity", "c");
  EXPECT_TRUE(service_.wait_for_held(2));
  service_.release(1);
  service_.release(0);
  stream_->WritesDone();
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(next(), "c");
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(Stream, MoreRequestsThanAreHeldAtOnce) {
  open();
  constexpr int kMany = 500;
  std::thread writer([&] {
    for (int i = 0; i < kMany; ++i) send("identity", std::to_string(i));
    stream_->WritesDone();
  });
  for (int i = 0; i < kMany; ++i) ASSERT_EQ(next(), std::to_string(i));
  writer.join();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(Stream, CancellationReachesTheService) {
  open();
  send("held", "a");
  EXPECT_TRUE(service_.wait_for_held(1));
  const Cancellation cancellation = service_.last().cancellation;
  context_.TryCancel();
  EXPECT_EQ(stream_->Finish().error_code(), StatusCode::CANCELLED);
  for (int i = 0; i < 6000 && !cancellation.requested(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(cancellation.requested());
  service_.release();
}

TEST_F(Stream, DrainingAnswersWhatIsInFlightAndEndsTheStream) {
  open();
  send("held", "a");
  EXPECT_TRUE(service_.wait_for_held(1));
  std::thread draining([&] { server().drain(std::chrono::seconds(60)); });
  service_.release();
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), "end");
  EXPECT_EQ(stream_->Finish().error_code(), StatusCode::UNAVAILABLE);
  draining.join();
}

TEST_F(Stream, TheirNumberIsBounded) {
  ServerOptions options = loopback();
  options.limits.max_connections = 2;
  start(options);
  open();
  send("identity", "a");
  EXPECT_EQ(next(), "a");
  // From another connection: of one, more than max_connections calls wait in the client.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel =
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server().port()), grpc::InsecureChannelCredentials(), arguments);
  const auto other = inference::GRPCInferenceService::NewStub(channel);
  grpc::ClientContext second, third;
  set_patience(second);
  set_patience(third);
  const auto second_stream = other->ModelStreamInfer(&second);
  EXPECT_TRUE(second_stream->Write(raw_request("identity", {1})));
  EXPECT_TRUE(second_stream->Read(&answer_));
  EXPECT_EQ(other->ModelStreamInfer(&third)->Finish().error_code(), StatusCode::RESOURCE_EXHAUSTED);
  second_stream->WritesDone();
  EXPECT_TRUE(second_stream->Finish().ok());
  stream_->WritesDone();
  EXPECT_TRUE(stream_->Finish().ok());
}

}  // namespace
}  // namespace headrace::serve::testing
