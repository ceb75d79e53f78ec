#include "data/preprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_support.h"

namespace headrace {
namespace {

// Two pixels wide, one high.
const Image kTwoPixels{2, 1, {10, 20, 30, 40, 50, 60}};

TEST(PreprocessSpec, ImagenetIsTheUsualOne) {
  const auto preprocess = parse_preprocess("imagenet");
  ASSERT_OK(preprocess);
  EXPECT_EQ(
      to_string(*preprocess),
      "resize=256,crop=224,scale=255,mean=0.485/0.456/0.406,std=0.229/0.224/0.225,layout=NCHW,color=RGB,interpolation=bilinear");
}

TEST(PreprocessSpec, PairsMayChangeImagenet) {
  const auto preprocess = parse_preprocess("imagenet,resize=0, crop=0 ,interpolation=Bicubic,color=bgr,layout=nhwc");
  ASSERT_OK(preprocess);
  EXPECT_EQ(preprocess->resize, 0);
  EXPECT_EQ(preprocess->crop, 0);
  EXPECT_EQ(preprocess->mean[0], 0.485f);
  EXPECT_EQ(preprocess->interpolation, Interpolation::kBicubic);
  EXPECT_EQ(preprocess->color, ColorOrder::kBgr);
  EXPECT_EQ(preprocess->layout, Layout::kNhwc);
}

TEST(PreprocessSpec, CanonicalFormGivesTheSameValueBack) {
  for (const char* spec :
       {"none", "imagenet", "scale=127.5,mean=1,std=0.1/0.2/0.3", "resize=1,crop=65535,scale=1e-3,mean=-1/0/1e10"}) {
    const auto first = parse_preprocess(spec);
    ASSERT_OK(first);
    const auto second = parse_preprocess(to_string(*first));
    ASSERT_OK(second);
    EXPECT_EQ(*first, *second) << spec;
  }
}

TEST(PreprocessSpec, ErrorsNameKeyValueAndWhatIsAllowed) {
  EXPECT_ERROR(parse_preprocess(""), "is not a pair key=value");
  EXPECT_ERROR(parse_preprocess("imagnet"), "\"imagnet\" is not a pair");
  EXPECT_ERROR(parse_preprocess("crop=224,"), "\"\" is not a pair");
  EXPECT_ERROR(parse_preprocess("crop=224,imagenet"), "\"imagenet\" is not a pair");
  EXPECT_ERROR(parse_preprocess("zoom=2"), "there is no key \"zoom\"; the keys are resize, crop");
  EXPECT_ERROR(parse_preprocess("crop=224,crop=3"), "crop is given twice");
  EXPECT_ERROR(parse_preprocess("crop=-1"), "crop=-1 is not valid: give a number of pixels");
  EXPECT_ERROR(parse_preprocess("resize=12x"), "resize=12x is not valid");
  EXPECT_ERROR(parse_preprocess("resize=99999999999999999999"), "is not valid");
  EXPECT_ERROR(parse_preprocess("scale=0"), "give a positive number");
  EXPECT_ERROR(parse_preprocess("scale=nan"), "give a positive number");
  EXPECT_ERROR(parse_preprocess("std=1/0/1"), "give one positive number or three");
  EXPECT_ERROR(parse_preprocess("mean=1/2"), "give one number or three");
  EXPECT_ERROR(parse_preprocess("mean=1e99"), "mean=1e99 is not valid");
  EXPECT_ERROR(parse_preprocess("layout=CHW"), "layout=CHW is not valid: give one of NCHW, NHWC");
  EXPECT_ERROR(parse_preprocess("interpolation=lanczos"), "nearest, bilinear, bicubic");
}

TEST(ApplyPreprocess, NormalisesEachChannel) {
  const auto tensor = apply_preprocess(*parse_preprocess("resize=0,crop=0,scale=10,mean=1/2/3,std=1/2/4"), kTwoPixels);
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->dims(), (Dims{3, 1, 2}));
  EXPECT_THAT(tensor->as<float>(), ::testing::ElementsAre(0, 3, 0, 1.5f, 0, 0.75f));
}

TEST(ApplyPreprocess, MeanAndStdFollowTheTensorsChannels) {
  const auto tensor =
      apply_preprocess(*parse_preprocess("resize=0,crop=0,scale=10,mean=3/2/1,color=BGR,layout=NHWC"), kTwoPixels);
  ASSERT_OK(tensor);
  EXPECT_EQ(tensor->dims(), (Dims{1, 2, 3}));
  EXPECT_THAT(tensor->as<float>(), ::testing::ElementsAre(0, 0, 0, 3, 3, 3));
}

TEST(ApplyPreprocess, Uint8OnlyWhereValuesStay) {
  const auto tensor = apply_preprocess(*parse_preprocess("resize=0,crop=0,scale=1"), kTwoPixels, DType::kUint8);
  ASSERT_OK(tensor);
  EXPECT_THAT(tensor->as<uint8_t>(), ::testing::ElementsAre(10, 40, 20, 50, 30, 60));
  EXPECT_ERROR(apply_preprocess(*parse_preprocess("imagenet"), kTwoPixels, DType::kUint8), "must have scale=1,mean=0,std=1");
  EXPECT_ERROR(apply_preprocess(*parse_preprocess("imagenet"), kTwoPixels, DType::kFloat16), "not float16");
}

TEST(ApplyPreprocess, NoneAndEmptyPicturesAreErrors) {
  EXPECT_ERROR(apply_preprocess(*parse_preprocess("none"), kTwoPixels), "takes tensors, not pictures");
  EXPECT_ERROR(apply_preprocess(*parse_preprocess("imagenet"), Image{}), "the picture is empty");
}

}  // namespace
}  // namespace headrace
