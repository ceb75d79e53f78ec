#include "serve/model/request_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace::serve {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const Dim kBatch{-1, "batch"};

Signature two_inputs() {
  return {{{"pixels", DType::kUint8, {kBatch, Dim{3, ""}, Dim{-1, "h"}}}, {"mask", DType::kFloat32, {kBatch, Dim{-1, "h"}}}},
          {{"scores", DType::kFloat32, {kBatch, Dim{10, ""}}}, {"boxes", DType::kFloat32, {kBatch, Dim{4, ""}}}}};
}

InferenceRequest fitting(int64_t rows = 2, int64_t height = 5) {
  InferenceRequest request;
  request.inputs.push_back({"mask", Tensor::allocate(DType::kFloat32, {rows, height})});
  request.inputs.push_back({"pixels", Tensor::allocate(DType::kUint8, {rows, 3, height})});
  return request;
}

Result<CheckedRequest> check(InferenceRequest request) {
  const Signature signature = two_inputs();
  ModelOptions options;
  options.max_batch_size = 4;
  return check_request(signature, batch_rule(signature, options), request);
}

std::string error_of(InferenceRequest request) {
  const Result<CheckedRequest> checked = check(std::move(request));
  if (checked.ok()) return "it fits";
  EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  return checked.error().message;
}

TEST(RequestCheck, PutsInputsInOrderAndCountsRows) {
  const Result<CheckedRequest> checked = check(fitting());
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(checked->inputs[0].dims(), (Dims{2, 3, 5}));
  EXPECT_EQ(checked->inputs[1].dims(), (Dims{2, 5}));
  EXPECT_EQ(checked->rows, 2);
  EXPECT_EQ(checked->outputs, (std::vector<size_t>{0, 1}));
}

TEST(RequestCheck, OutputsAreThoseAskedForInTheirOrder) {
  InferenceRequest request = fitting();
  request.outputs = {"boxes", "scores"};
  EXPECT_EQ(check(request)->outputs, (std::vector<size_t>{1, 0}));
  request = fitting();
  request.outputs = {"boxes", "boxes"};
  EXPECT_THAT(error_of(request), HasSubstr("output 'boxes' is asked for twice"));
  request = fitting();
  request.outputs = {"labels"};
  EXPECT_THAT(error_of(request), AllOf(HasSubstr("no output 'labels'"), HasSubstr("'scores', 'boxes'")));
}

TEST(RequestCheck, NamesMustBeThoseOfTheModelOnceEach) {
  InferenceRequest request = fitting();
  request.inputs[0].name = "pixels";
  EXPECT_THAT(error_of(request), HasSubstr("'pixels' is given twice"));
  request = fitting();
  request.inputs.pop_back();
  EXPECT_THAT(error_of(request), HasSubstr("'pixels' is missing"));
  request = fitting();
  request.inputs[1].name = "pix\nels";
  EXPECT_THAT(error_of(request), AllOf(HasSubstr("no input 'pix\\x0aels'"), HasSubstr("'pixels', 'mask'")));
}

TEST(RequestCheck, TypesRanksAndExtentsMustFit) {
  InferenceRequest request = fitting();
  request.inputs[1].tensor = Tensor::allocate(DType::kFloat32, {2, 3, 5});
  EXPECT_THAT(error_of(request), HasSubstr("input 'pixels' wants UINT8 [batch, 3, h], got FP32 [2, 3, 5]"));
  request.inputs[1].tensor = Tensor::allocate(DType::kUint8, {2, 3});
  EXPECT_THAT(error_of(request), HasSubstr("3 extents are wanted"));
  request.inputs[1].tensor = Tensor::allocate(DType::kUint8, {2, 4, 5});
  EXPECT_THAT(error_of(request), HasSubstr("extent 1 does not fit"));
  request.inputs[1].tensor = Tensor();
  EXPECT_THAT(error_of(request), HasSubstr("got undefined"));
}

TEST(RequestCheck, EmptyTensorsAreRefused) {
  EXPECT_THAT(error_of(fitting(0)), HasSubstr("extent 0 does not fit"));
  EXPECT_THAT(error_of(fitting(2, 0)), HasSubstr("does not fit"));
}

TEST(RequestCheck, RowsMustAgreeAndFitABatch) {
  InferenceRequest request = fitting();
  request.inputs[0].tensor = Tensor::allocate(DType::kFloat32, {3, 5});
  EXPECT_THAT(error_of(request), HasSubstr("input 'mask' has 3 rows and input 'pixels' has 2"));
  EXPECT_TRUE(check(fitting(4)).ok());
  EXPECT_THAT(error_of(fitting(5)), AllOf(HasSubstr("5 rows"), HasSubstr("at most 4")));
}

TEST(RequestCheck, ASymbolIsOneExtent) {
  InferenceRequest request = fitting();
  request.inputs[0].tensor = Tensor::allocate(DType::kFloat32, {2, 6});
  EXPECT_THAT(error_of(request), HasSubstr("'h' is 5 in input 'pixels'"));
}

TEST(RequestCheck, PrioritiesBeginAtOne) {
  InferenceRequest request = fitting();
  request.priority = -1;
  EXPECT_THAT(error_of(request), HasSubstr("priority -1"));
}

TEST(BatchRule, NeedsAFreeFirstExtentOfOneMeaning) {
  ModelOptions options;
  options.max_batch_size = 4;
  Signature signature = two_inputs();
  EXPECT_TRUE(batch_rule(signature, options).together);
  signature.inputs[1].shape[0] = Dim{-1, "words"};
  EXPECT_FALSE(batch_rule(signature, options).has_batch);
  signature.inputs[1].shape[0] = Dim{};  // nothing is known of it
  EXPECT_TRUE(batch_rule(signature, options).has_batch);
  signature.inputs[1].shape[0] = Dim{1, ""};
  EXPECT_FALSE(batch_rule(signature, options).has_batch);
  EXPECT_EQ(batch_rule(signature, options).max_rows, 0);
}

TEST(BatchRule, RequestsDoNotShareWhatCannotBeDivided) {
  ModelOptions options;
  options.max_batch_size = 4;
  Signature signature = two_inputs();
  signature.outputs[0].shape[0] = Dim{1, ""};
  EXPECT_TRUE(batch_rule(signature, options).has_batch);
  EXPECT_FALSE(batch_rule(signature, options).together);
  signature = two_inputs();
  signature.outputs[0].dtype = DType::kInt4;  // two to a byte
  EXPECT_FALSE(batch_rule(signature, options).together);
}

TEST(BatchRule, RowsMustBeCountedByTheBatchAlone) {
  ModelOptions options;
  options.max_batch_size = 4;
  const Shape rows = {Dim{-1, "batch"}, Dim{2, ""}};
  const auto together = [&](Shape input, Shape output) {
    return batch_rule({{{"x", DType::kFloat32, std::move(input)}}, {{"y", DType::kFloat32, std::move(output)}}}, options)
        .together;
  };
  EXPECT_TRUE(together(rows, rows));
  EXPECT_FALSE(together(rows, {Dim{-1, "boxes"}, Dim{2, ""}}));
  EXPECT_TRUE(together(rows, {Dim{}, Dim{2, ""}})) << "the runs will tell";
  EXPECT_FALSE(together(rows, {Dim{-1, "batch"}, Dim{-1, "batch"}})) << "all against all";
  EXPECT_FALSE(together({Dim{-1, "batch"}, Dim{-1, "batch"}}, rows));
}

}  // namespace
}  // namespace headrace::serve
