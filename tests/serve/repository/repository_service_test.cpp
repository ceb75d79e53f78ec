#include "serve/repository/repository_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "serve/repository/fake_model.h"
#include "serve/repository/ready_line.h"
#include "support/test_support.h"

namespace headrace::serve {
namespace {

using headrace::testing::TemporaryFolder;
using ::testing::ElementsAre;
using testing::FakeBackend;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::put_version;

class FakeBudget final : public CpuBudget {
 public:
  Client add_client() override { return 0; }
  void remove_client(Client) override {}
  void acquire(Client, int) override {}
  bool try_acquire(Client, int) override { return true; }
  void release(Client, int, int64_t) override {}
  int cpus() const override { return 2; }
  int in_use() const override { return 1; }
};

// A picture of one red pixel, 1 x 1 (PNG).
std::vector<std::byte> red_pixel() {
  constexpr unsigned char kPng[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
                                    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00,
                                    0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78,
                                    0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0xc9, 0xfe, 0x92,
                                    0xef, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  const auto* bytes = reinterpret_cast<const std::byte*>(kPng);
  return {bytes, bytes + sizeof kPng};
}

class RepositoryServiceTest : public ::testing::Test {
 protected:
  RepositoryService& open(RepositoryService::Options options = {}, double poll_seconds = 0) {
    RepositoryOptions repository;
    repository.path = folder_.path();
    repository.poll_seconds = poll_seconds;
    auto opened = Repository::open(std::move(repository), backend_.backend(), {});
    EXPECT_TRUE(opened.ok());
    service_ = std::make_unique<RepositoryService>(std::move(*opened), std::make_shared<FakeBudget>(), options);
    return *service_;
  }
  Result<InferenceResponse> infer(const std::string& model, const std::string& version = "") {
    Result<InferenceResponse> answer = internal_error("not answered");
    InferenceRequest request;
    request.model = model;
    request.version = version;
    service_->infer(std::move(request), [&](Result<InferenceResponse> response) { answer = std::move(response); });
    return answer;
  }
  TemporaryFolder folder_;
  FakeBackend backend_;
  std::unique_ptr<RepositoryService> service_;
};

TEST_F(RepositoryServiceTest, AnswersForItsModels) {
  put_version(folder_ / "m/1", "one");
  put_version(folder_ / "m/2", "two");
  headrace::testing::write_file(folder_ / "m/headrace.toml", "[serve]\nversions = [\"all\"]\n");
  RepositoryService& service = open();
  EXPECT_TRUE(service.ready());
  EXPECT_EQ(infer("m")->id, "two");
  EXPECT_EQ(infer("m", "1")->id, "one");
  EXPECT_ERROR(infer("n"), "no model 'n'");
  EXPECT_ERROR(infer("m", "9"), "no version '9'");
  EXPECT_THAT(service.model_metadata("m", "")->versions, ElementsAre("1", "2"));
  EXPECT_EQ(service.model_config("m", "1")->version, "1");
  EXPECT_EQ(service.statistics("", "")->size(), 2u);
  EXPECT_EQ(service.statistics("m", "2")->size(), 1u);
  EXPECT_ERROR(service.statistics("n", ""), "no model 'n'");
  ASSERT_OK(service.model_ready("m", ""));
  EXPECT_THAT(*service.labels("m", ""), ElementsAre("cat", "dog"));
}

TEST_F(RepositoryServiceTest, ControlNeedsLeave) {
  put_version(folder_ / "m", "m");
  open();
  EXPECT_ERROR(service_->unload("m"), "--allow-control");
  EXPECT_ERROR(service_->load("m"), "--allow-control");
  EXPECT_EQ(infer("m")->id, "m");
  open({.allow_control = true});
  ASSERT_OK(service_->unload("m"));
  EXPECT_EQ(service_->index(true).size(), 0u);
  EXPECT_EQ(service_->index(false).size(), 1u);
  ASSERT_OK(service_->load("m"));
  EXPECT_EQ(service_->index(true).size(), 1u);
}

TEST_F(RepositoryServiceTest, AModelThatHangsMakesTheServerNotReadyAndAFailedOneDoesNot) {
  put_version(folder_ / "bad", "broken");
  put_version(folder_ / "good", "good");
  EXPECT_TRUE(open().ready());
  backend_.models().front()->hang();
  EXPECT_FALSE(service_->ready());
  EXPECT_TRUE(service_->live());
}

TEST_F(RepositoryServiceTest, ShutdownIsNotReadyButAnswers) {
  put_version(folder_ / "m", "m");
  open().begin_shutdown();
  EXPECT_FALSE(service_->ready());
  EXPECT_TRUE(backend_.models().front()->hurried());
  EXPECT_EQ(infer("m")->id, "m");
  service_->drain(std::chrono::milliseconds(10));
  EXPECT_ERROR(infer("m"), "drained");
}

TEST_F(RepositoryServiceTest, PicturesBecomeWhatTheModelTakes) {
  put_version(folder_ / "p", "pictures");
  put_version(folder_ / "t", "tensors");
  open();
  const auto request = service_->picture_request("p", "", red_pixel());
  ASSERT_OK(request);
  EXPECT_EQ(request->model, "p");
  ASSERT_EQ(request->inputs.size(), 1u);
  EXPECT_EQ(request->inputs[0].name, "x");
  EXPECT_EQ(request->inputs[0].tensor.dims(), (Dims{1, 3, 4, 4}));
  EXPECT_ERROR(service_->picture_request("t", "", red_pixel()), "takes no pictures");
  EXPECT_ERROR(service_->picture_request("n", "", red_pixel()), "no model");
  EXPECT_FALSE(service_->picture_request("p", "", std::as_bytes(std::span("no picture"))).ok());
}

// The promise of hot reload: whoever asks while versions change is answered by the old one or by the new one.
TEST_F(RepositoryServiceTest, NoRequestFailsWhileVersionsChange) {
  put_version(folder_ / "m", "0");
  open({}, 0.001);
  std::atomic<bool> done{false};
  std::atomic<int> failures{0}, answers{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i)
    clients.emplace_back([&] {
      while (!done) {
        infer("m").ok() ? ++answers : ++failures;
        if (answers % 64 == 0) std::this_thread::yield();
      }
    });
  for (int version = 1; version <= 20; ++version) {
    put_version(folder_ / "m", std::to_string(version));
    for (int i = 0; i < 5000 && infer("m")->id != std::to_string(version); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(infer("m")->id, std::to_string(version));
  }
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(answers, 0);
}

TEST_F(RepositoryServiceTest, MetricsCountWhatHappened) {
  put_version(folder_ / "bad", "broken");
  put_version(folder_ / "m", "m");
  open();
  ASSERT_OK(infer("m"));
  ASSERT_OK(infer("m"));
  (void)infer("nobody");
  const std::string text = service_->metrics();
  for (const char* line : {
           "# TYPE headrace_requests_total counter",
           R"(headrace_requests_total{model="m",version="1",outcome="success"} 2)",
           R"(headrace_requests_total{model="m",version="1",outcome="rejected"} 2)",
           R"(headrace_requests_total{model="m",version="1",outcome="failed"} 2)",
           R"(headrace_rows_total{model="m",version="1"} 6)",
           R"(headrace_batches_total{model="m",version="1"} 2)",
           R"(headrace_batch_rows_bucket{model="m",version="1",le="1"} 6)",
           R"(headrace_batch_rows_bucket{model="m",version="1",le="2"} 6)",
           R"(headrace_batch_rows_bucket{model="m",version="1",le="4"} 8)",
           R"(headrace_batch_rows_bucket{model="m",version="1",le="+Inf"} 8)",
           R"(headrace_batch_rows_sum{model="m",version="1"} 12)",
           R"(headrace_queue_requests{model="m",version="1"} 4)",
           R"(headrace_queue_seconds_bucket{model="m",version="1",le="+Inf"} 7)",
           R"(headrace_queue_seconds_count{model="m",version="1"} 7)",
           R"(headrace_model_ready{model="m",version="1"} 1)",
           R"(instances="2",threads="1",max_batch_size="8"} 1)",
           R"(headrace_model_loads_total{model="bad",outcome="failed"} 1)",
           R"(headrace_model_loads_total{model="m",outcome="success"} 1)",
           "headrace_requests_without_model_total 1",
           "headrace_requests_in_flight 0",
           "headrace_cpus 2",
           "headrace_cpus_in_use 1",
           "headrace_build_info{version=",
       })
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("process_resident_memory_bytes 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("nv_inference")));
}

TEST_F(RepositoryServiceTest, TritonsNamesOnRequest) {
  put_version(folder_ / "m", "m");
  open({.triton_metrics = true});
  ASSERT_OK(infer("m"));
  const std::string text = service_->metrics();
  for (const char* line : {
           R"(nv_inference_request_success{model="m",version="1"} 1)",
           R"(nv_inference_request_failure{model="m",version="1"} 5)",
           R"(nv_inference_count{model="m",version="1"} 3)",
           R"(nv_inference_exec_count{model="m",version="1"} 1)",
           R"(nv_inference_request_duration_us{model="m",version="1"} 2000)",
           R"(nv_inference_pending_request_count{model="m",version="1"} 4)",
       })
    EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(RepositoryServiceTest, TheReadyLineNamesModelsAndAddresses) {
  put_version(folder_ / "m/7", "m");
  open();
  ServerOptions options;
  EXPECT_EQ(ready_line(service_->served(), options, 8000, 8001),
            "ready: m 7 (fake, none, 2 x 1) at http://127.0.0.1:8000 grpc://127.0.0.1:8001");
  options.host = "::1";
  options.access.tls_certificate = "certificate.pem";
  EXPECT_EQ(ready_line({}, options, 443, 0), "ready: no models yet at https://[::1]:443");
}

}  // namespace
}  // namespace headrace::serve
