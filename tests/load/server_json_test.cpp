#include <gmock/gmock.h>

#include "load/result.h"
#include "load/server_api.h"
#include "support/test_support.h"

namespace headrace::load {
namespace {

using ::testing::ElementsAre;

TEST(ServerJson, MetadataBecomesASignature) {
  const auto model = parse_model(
      R"({"name":"m","versions":["1"],"platform":"p","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3,224]}],
          "outputs":[{"name":"y","datatype":"INT64","shape":[]}]})");
  ASSERT_OK(model);
  EXPECT_EQ(model->platform, "p");
  ASSERT_EQ(model->signature.inputs.size(), 1u);
  EXPECT_EQ(model->signature.inputs[0], (TensorSpec{"x", DType::kFloat32, {{-1, {}}, {3, {}}, {224, {}}}}));
  EXPECT_EQ(model->signature.outputs[0], (TensorSpec{"y", DType::kInt64, {}}));
}

TEST(ServerJson, MetadataWithoutTensorsHasNone) {
  const auto model = parse_model(R"({"name":"m","platform":""})");
  ASSERT_OK(model);
  EXPECT_TRUE(model->signature.inputs.empty());
}

TEST(ServerJson, BrokenMetadataIsRefused) {
  EXPECT_ERROR(parse_model("<html>"), "no JSON");
  EXPECT_ERROR(parse_model("[]"), "no name");
  EXPECT_ERROR(parse_model(R"({"name":"m","inputs":[{"name":"x","shape":[1]}]})"), "lacks its name, datatype or shape");
  EXPECT_ERROR(parse_model(R"({"name":"m","inputs":[{"name":"x","datatype":"FP99","shape":[1]}]})"), "FP99");
  EXPECT_ERROR(parse_model(R"({"name":"m","inputs":[{"name":"x","datatype":"FP32","shape":["a"]}]})"), "whole numbers");
}

TEST(ServerJson, TheExtensionForBinaryTensorsIsSeen) {
  EXPECT_TRUE(parse_server(R"({"name":"s","version":"2","extensions":["a","binary_tensor_data"]})")->binary_tensors);
  EXPECT_FALSE(parse_server(R"({"name":"s","version":"2","extensions":["a"]})")->binary_tensors);
  EXPECT_FALSE(parse_server(R"({"name":"s"})")->binary_tensors);
  EXPECT_ERROR(parse_server("nothing"), "no JSON");
}

TEST(ServerJson, TheIndexListsWhatIsReady) {
  const auto names = parse_index(R"([{"name":"a","version":"1","state":"READY"},{"name":"a","version":"2","state":"READY"},
    {"name":"b","state":"UNAVAILABLE","reason":"broken"},{"name":"c"}])");
  ASSERT_OK(names);
  EXPECT_THAT(*names, ElementsAre("a", "c"));
  EXPECT_ERROR(parse_index("{}"), "no list");
}

TEST(ServerJson, StatisticsAreSummedOverVersions) {
  const auto times = parse_times(R"({"model_stats":[
    {"inference_count":8,"execution_count":2,"inference_stats":{"success":{"count":4,"ns":40},"queue":{"count":4,"ns":12},"compute_infer":{"count":4,"ns":20}}},
    {"inference_count":1,"execution_count":1,"inference_stats":{"success":{"count":1,"ns":9},"queue":{"count":1,"ns":3}}}]})");
  ASSERT_TRUE(times.has_value());
  EXPECT_EQ(times->inference_count, 9u);
  EXPECT_EQ(times->success_count, 5u);
  EXPECT_EQ(times->queue_ns, 15u);
  EXPECT_EQ(times->compute_infer_ns, 20u);
  EXPECT_FALSE(parse_times("{}").has_value());
}

TEST(ServerJson, TheSplitIsTheDifferencePerRequest) {
  ServerTimes before, after;
  before = {10, 10, 10, 1'000'000, 0, 5'000'000, 0};
  after = {50, 20, 20, 31'000'000, 2'000'000, 45'000'000, 1'000'000};
  const auto split = split_of(before, after);
  ASSERT_TRUE(split.has_value());
  EXPECT_DOUBLE_EQ(split->queue_ms, 3);
  EXPECT_DOUBLE_EQ(split->compute_input_ms, 0.2);
  EXPECT_DOUBLE_EQ(split->compute_infer_ms, 4);
  EXPECT_DOUBLE_EQ(split->batch_size, 4);
  EXPECT_FALSE(split_of(after, after).has_value());
  EXPECT_FALSE(split_of(after, before).has_value());  // a server that was started anew
}

TEST(ServerJson, ResidentMemoryIsReadFromMetrics) {
  EXPECT_EQ(parse_resident_bytes("# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 4096\n"), 4096u);
  EXPECT_EQ(parse_resident_bytes("headrace_resident_memory_bytes{x=\"y\"} 1.5e+08\n"), 150'000'000u);
  EXPECT_EQ(parse_resident_bytes("my_process_resident_memory_bytes 7\n"), std::nullopt);
  EXPECT_EQ(parse_resident_bytes("process_resident_memory_bytes_total 7\n"), std::nullopt);
  EXPECT_EQ(parse_resident_bytes("process_resident_memory_bytes{never closed"), std::nullopt);
  EXPECT_EQ(parse_resident_bytes("process_resident_memory_bytes NaN\n"), std::nullopt);
  EXPECT_EQ(parse_resident_bytes(""), std::nullopt);
}

TEST(ServerJson, ErrorsAreTheServersOwnWords) {
  EXPECT_EQ(error_text(R"({"error":"queue is full"})"), "queue is full");
  EXPECT_EQ(error_text("Bad Gateway"), "Bad Gateway");
  EXPECT_EQ(error_text(R"({"error":"a\u001b[2J"})"), "a\\x1b[2J");
}

}  // namespace
}  // namespace headrace::load
