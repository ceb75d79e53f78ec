// Folders, lists and single files of pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_test_support.h"

namespace headrace {
namespace {
using testing::copy_golden;
using testing::golden;
using testing::options;
using testing::picture_signature;
using testing::read_file;
using testing::spec;
using testing::TemporaryFolder;
using testing::write_file;

const DatasetOptions kSixteen = options("imagenet,resize=16,crop=16");

TEST(FolderDataset, PicturesInTheOrderOfTheirNames) {
  TemporaryFolder folder;
  copy_golden("photo.png", folder / "b.PNG");
  copy_golden("photo.jpg", folder / "a.JpEg");
  copy_golden("photo.jpg", folder / ".hidden.jpg");
  write_file(folder / "notes.txt", "not a picture");
  const auto dataset = open_dataset(folder.path(), picture_signature(), kSixteen);
  ASSERT_OK(dataset);
  ASSERT_EQ((*dataset)->size(), 2u);
  EXPECT_FALSE((*dataset)->labelled());
  const auto sample = (*dataset)->load(0);
  ASSERT_OK(sample);
  EXPECT_EQ(sample->source, (folder / "a.JpEg").string());
  EXPECT_EQ(sample->inputs[0].dims(), (Dims{1, 3, 16, 16}));
  EXPECT_EQ(sample->inputs[0].dtype(), DType::kFloat32);
  EXPECT_EQ(sample->label, std::nullopt);
}

TEST(FolderDataset, SubFoldersAreLabels) {
  TemporaryFolder folder;
  copy_golden("photo.png", folder / "dog/1.png");
  copy_golden("grey.jpg", folder / "cat/2.jpg");
  copy_golden("photo.jpg", folder / "cat/1.jpg");
  copy_golden("photo.jpg", folder / "cat/deeper/3.jpg");
  std::filesystem::create_directory(folder / "cow");
  std::filesystem::create_directory(folder / ".git");
  const auto dataset = open_dataset(folder.path(), picture_signature(), kSixteen);
  ASSERT_OK(dataset);
  EXPECT_TRUE((*dataset)->labelled());
  EXPECT_THAT((*dataset)->class_names(), ::testing::ElementsAre("cat", "cow", "dog"));
  ASSERT_EQ((*dataset)->size(), 3u);
  EXPECT_EQ((*dataset)->load(1)->source, (folder / "cat/2.jpg").string());
  EXPECT_EQ((*dataset)->load(1)->label, 0);
  EXPECT_EQ((*dataset)->load(2)->label, 2);
}

TEST(FolderDataset, ErrorsSayWhatWasFound) {
  TemporaryFolder folder;
  const auto open = [&] { return open_dataset(folder.path(), picture_signature(), kSixteen); };
  EXPECT_ERROR(open(), "no .jpg, .jpeg or .png picture: it is empty");
  write_file(folder / "a.webp", "");
  write_file(folder / "b.webp", "");
  write_file(folder / "sub/c.txt", "");
  EXPECT_ERROR(open(), "it holds 1 .txt, 2 .webp, 1 sub-folders without pictures");
  copy_golden("photo.png", folder / "sub/a.png");
  copy_golden("photo.png", folder / "a.png");
  EXPECT_ERROR(open(), "pictures both beside and inside its sub-folders");
  EXPECT_ERROR(open_dataset(folder / "absent", picture_signature(), kSixteen), "absent: there is no such file or folder");
}

TEST(FolderDataset, CorruptPictureIsNamedAndSkippedOnRequestOnly) {
  TemporaryFolder folder;
  copy_golden("photo.jpg", folder / "good.jpg");
  write_file(folder / "bad.jpg", read_file(golden("photo.jpg")).substr(0, 700));
  const auto strict = open_dataset(folder.path(), picture_signature(), kSixteen);
  ASSERT_OK(strict);
  ASSERT_EQ((*strict)->size(), 2u);
  const auto bad = (*strict)->load(0);
  EXPECT_ERROR(bad, "bad.jpg: the JPEG data is corrupt");
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidData);
  EXPECT_TRUE((*strict)->skipped().empty());

  DatasetOptions skipping = kSixteen;
  skipping.skip_bad = true;
  const auto lenient = open_dataset(folder.path(), picture_signature(), skipping);
  ASSERT_OK(lenient);
  ASSERT_EQ((*lenient)->size(), 1u);
  ASSERT_OK((*lenient)->load(0));
  EXPECT_THAT((*lenient)->skipped(), ::testing::ElementsAre(::testing::HasSubstr("bad.jpg: the JPEG data is corrupt")));
  std::filesystem::remove(folder / "good.jpg");
  EXPECT_ERROR(open_dataset(folder.path(), picture_signature(), skipping), "none of the 1 pictures can be used; the first: ");
}

TEST(PictureDataset, ModelMustTakePictures) {
  TemporaryFolder folder;
  copy_golden("photo.jpg", folder / "a.jpg");
  const auto open = [&](std::vector<TensorSpec> inputs, const DatasetOptions& with = kSixteen) {
    return open_dataset(folder.path(), {std::move(inputs), {}}, with);
  };
  EXPECT_ERROR(open({spec("a", {-1, 3, 16, 16}), spec("b", {1})}),
               "this one has inputs a, b: give an .npz with arrays of these names");
  EXPECT_ERROR(open({spec("a", {-1, 768})}), "pictures feed an input of rank 4, but input a is [N, 768]");
  EXPECT_ERROR(open({spec("a", {-1, 3, 16, 16}, DType::kInt64)}), "input a is int64");
  EXPECT_ERROR(open({spec("a", {-1, 3, 16, 16}, DType::kUint8)}), "input a is uint8, so preprocessing must have scale=1");
  EXPECT_ERROR(open({spec("a", {-1, 3, 32, 32})}), "input a is [N, 3, 32, 32], but preprocessing gives 16 on axis 2");
  EXPECT_ERROR(open({spec("a", {-1, 16, 16, 3})}), "preprocessing gives 3 on axis 1");
  EXPECT_ERROR(open({spec("a", {-1, 3, 16, 16})}, options("none")), "preprocessing is \"none\"");
  ASSERT_OK(open({spec("a", {-1, 16, 16, 3})}, options("resize=16,crop=16,layout=NHWC")));
}

TEST(PictureDataset, SizeThatDoesNotFitIsToldAtLoading) {
  const auto dataset = open_dataset(golden("photo.jpg"), picture_signature(), options("resize=0,crop=0"));
  ASSERT_OK(dataset);
  EXPECT_ERROR((*dataset)->load(0), "the picture becomes [1, 3, 22, 31], but input x is [N, 3, 16, 16]: set crop");
}

TEST(PictureDataset, Uint8InputTakesPixels) {
  const auto dataset = open_dataset(golden("photo.png"), picture_signature(DType::kUint8), options("resize=16,crop=16,scale=1"));
  ASSERT_OK(dataset);
  EXPECT_EQ((*dataset)->load(0)->inputs[0].dtype(), DType::kUint8);
}

TEST(ListDataset, PathsWithAndWithoutLabels) {
  TemporaryFolder folder;
  copy_golden("photo.jpg", folder / "pictures/my cat 1.jpg");
  copy_golden("photo.png", folder / "b.png");
  write_file(folder / "labelled.txt", "pictures/my cat 1.jpg 7\r\n\nb.png\t0\n");
  const auto labelled = open_dataset(folder / "labelled.txt", picture_signature(), kSixteen);
  ASSERT_OK(labelled);
  ASSERT_EQ((*labelled)->size(), 2u);
  EXPECT_EQ((*labelled)->load(0)->label, 7);
  EXPECT_EQ((*labelled)->load(1)->label, 0);
  write_file(folder / "plain.txt", (folder / "b.png").string() + "\npictures/my cat 1.jpg");
  const auto plain = open_dataset(folder / "plain.txt", picture_signature(), kSixteen);
  ASSERT_OK(plain);
  EXPECT_FALSE((*plain)->labelled());
  ASSERT_OK((*plain)->load(1));
}

TEST(ListDataset, MissingFilesAreSkippedOnRequest) {
  TemporaryFolder folder;
  copy_golden("photo.png", folder / "b.png");
  write_file(folder / "list.txt", "absent.png 1\nb.png 2\n");
  const auto dataset = open_dataset(folder / "list.txt", picture_signature(), options("imagenet,resize=16,crop=16", true));
  ASSERT_OK(dataset);
  ASSERT_EQ((*dataset)->size(), 1u);
  EXPECT_EQ((*dataset)->load(0)->label, 2);
  EXPECT_THAT((*dataset)->skipped(), ::testing::ElementsAre(::testing::HasSubstr("absent.png: there is no such file")));
}

TEST(ListDataset, ErrorsNameTheLine) {
  TemporaryFolder folder;
  copy_golden("photo.png", folder / "b.png");
  const auto open = [&](const std::string& text) {
    write_file(folder / "list.txt", text);
    return open_dataset(folder / "list.txt", picture_signature(), kSixteen);
  };
  EXPECT_ERROR(open("\n \n"), "the list names no pictures");
  EXPECT_ERROR(open("b.png\nabsent.png\n"), "line 2: there is no file");
  EXPECT_ERROR(open("b.png\nb.png 3\n"), "line 2: this line has a label, but those before it have none");
  EXPECT_ERROR(open("b.png 3\nb.png\n"), "line 2: this line has no label");
  EXPECT_ERROR(open("b.png cat\n"), "line 1: ");
}

TEST(OpenDataset, UnknownKindIsAnError) {
  TemporaryFolder folder;
  write_file(folder / "data.csv", "1,2,3");
  EXPECT_ERROR(open_dataset(folder / "data.csv", picture_signature(), kSixteen),
               "data of this kind cannot be read: give a folder");
  EXPECT_ERROR(open_dataset(folder / "data.csv", {}, kSixteen), "the model has no inputs");
}

TEST(Stack, JoinsSamplesAlongTheBatch) {
  TemporaryFolder folder;
  copy_golden("photo.png", folder / "a.png");
  copy_golden("upright.png", folder / "b.png");
  const auto dataset = open_dataset(folder.path(), {{spec("x", {-1, 3, -1, -1})}, {}}, options("resize=0,crop=0"));
  ASSERT_OK(dataset);
  const Sample a = *(*dataset)->load(0), b = *(*dataset)->load(1);
  const auto stacked = stack({a, a});
  ASSERT_OK(stacked);
  EXPECT_EQ((*stacked)[0].dims(), (Dims{2, 3, 22, 31}));
  EXPECT_EQ((*stacked)[0].as<float>()[3 * 22 * 31], a.inputs[0].as<float>()[0]);
  EXPECT_ERROR(stack({a, b}), "b.png: input 0 is float32 [1, 3, 31, 22] here, but float32 [1, 3, 22, 31] in");
  EXPECT_ERROR(stack({}), "no samples");
}

}  // namespace
}  // namespace headrace
