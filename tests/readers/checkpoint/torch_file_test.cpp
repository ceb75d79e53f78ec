// The zip and the legacy format around the pickle: what they hold is found, what does not fit together is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "readers/checkpoint/state_dict.h"
#include "support/pickle_writer.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using testing::file_of;
using testing::floats;
using testing::legacy_checkpoint;
using testing::PickleWriter;
using testing::plain_pickle;
using testing::Storages;
using testing::zip_checkpoint;

Result<StateDict> read(const std::string& bytes) { return read_checkpoint(file_of(bytes)); }

std::vector<float> values_of(const StateDict& state, std::string_view name) {
  const Tensor* tensor = state.find(name);
  if (tensor == nullptr) return {};
  const auto values = tensor->as<float>();
  return {values.begin(), values.end()};
}

// {"w": a tensor on storage "0" of `count` elements}
std::string one_tensor(int64_t count, const std::vector<int64_t>& sizes, std::optional<std::vector<int64_t>> strides = {},
                       int64_t offset = 0) {
  return PickleWriter().op("}").string("w").tensor("0", count, sizes, std::move(strides), offset).op("s").finish();
}

TEST(TorchZip, TensorsStayInTheFile) {
  const auto file = file_of(zip_checkpoint(one_tensor(6, {2, 3}), {{"0", floats(6)}}));
  const auto state = read_checkpoint(file);
  ASSERT_OK(state);
  EXPECT_EQ(state->format, "PyTorch zip");
  EXPECT_THAT(values_of(*state, "w"), ElementsAre(0, 1, 2, 3, 4, 5));
  const std::byte* at = state->find("w")->bytes().data();
  // In a mapped file, entries are aligned; this string's bytes may lie anywhere.
  if (reinterpret_cast<uintptr_t>(file->bytes().data()) % 16 == 0) {
    EXPECT_GE(at, file->bytes().data());
    EXPECT_LT(at, file->bytes().data() + file->bytes().size());
  }
}

TEST(TorchZip, SharedAndStridedTensors) {
  const std::string pickle = PickleWriter()
                                 .op("}(")
                                 .string("a")
                                 .tensor("0", 6, {2, 3})
                                 .string("tied")
                                 .tensor("0", 6, {2, 3})
                                 .string("transposed")
                                 .tensor("0", 6, {3, 2}, std::vector<int64_t>{1, 3})
                                 .string("tail")
                                 .tensor("0", 6, {2}, {}, 4)
                                 .op("u")
                                 .finish();
  const auto state = read(zip_checkpoint(pickle, {{"0", floats(6)}}));
  ASSERT_OK(state);
  EXPECT_EQ(state->find("a")->bytes().data(), state->find("tied")->bytes().data());
  EXPECT_THAT(values_of(*state, "transposed"), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(values_of(*state, "tail"), ElementsAre(4, 5));
}

TEST(TorchZip, StoragesShorterThanTheirTensors) {
  EXPECT_ERROR(read(zip_checkpoint(one_tensor(2, {3}), {{"0", floats(2)}})), "tensor 'w': a tensor of type float32, sizes [3]");
  EXPECT_ERROR(read(zip_checkpoint(one_tensor(2, {3}), {{"0", floats(2)}})), "needs 12 bytes, and its storage has 8");
  EXPECT_ERROR(read(zip_checkpoint(one_tensor(3, {3}), {{"0", floats(2)}})),
               "tensor 'w': storage '0' should hold 3 elements of 4 bytes, and has 8 bytes in the file");
  EXPECT_ERROR(read(zip_checkpoint(one_tensor(2, {2}), {{"0", "seven b"}})), "has 7 bytes in the file");
  EXPECT_ERROR(read(zip_checkpoint(one_tensor(2, {2}), {{"1", floats(2)}})), "storage '0' is not in the file");
  EXPECT_ERROR(read(zip_checkpoint(one_tensor(2, {2}, {}, 1), {{"0", floats(2)}})), "offset 1 needs 12 bytes");
}

TEST(TorchZip, CountsOfStoragesThatOverflow) {
  for (const int64_t count : {INT64_MAX, int64_t{1} << 62, (int64_t{1} << 62) + 2})  // times four: 2^64 and a little
    EXPECT_ERROR(read(zip_checkpoint(one_tensor(count, {2}), {{"0", floats(2)}})), "storage '0' should hold");
  EXPECT_ERROR(read(zip_checkpoint(one_tensor(-2, {2}), {{"0", floats(2)}})),
               "storage '0' has no count of elements, or a negative one");
}

TEST(TorchZip, NegativeAndOverflowingViews) {
  const auto view = [](const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides, int64_t offset) {
    return read(zip_checkpoint(one_tensor(2, sizes, strides, offset), {{"0", floats(2)}}));
  };
  EXPECT_ERROR(view({2}, {-1}, 1), "tensor 'w': a tensor has a negative size or stride: sizes [2], strides [-1]");
  EXPECT_ERROR(view({-2}, {1}, 0), "a negative size or stride");
  EXPECT_ERROR(view({2}, {1}, -1), "a negative offset, -1");
  EXPECT_ERROR(view({INT64_MAX, 4}, {1, 1}, 0), "more than 2^62 elements");
  EXPECT_ERROR(view({2, 2}, {INT64_MAX, 1}, 1), "reaches further than numbers go");
  EXPECT_ERROR(view({2, 2}, {1}, 0), "2 sizes and 1 strides");
  EXPECT_ERROR(view({int64_t{1} << 40}, {0}, 0), "copying the tensor into rows takes 4398046511104 bytes");
}

TEST(TorchZip, ManyCopiesOfOneStorageAreBounded) {
  PickleWriter writer;
  writer.op("}");
  for (int i = 0; i < 200; ++i)
    writer.string("w" + std::to_string(i)).tensor("0", 1 << 18, {512, 512}, std::vector<int64_t>{1, 512}).op("s");
  EXPECT_ERROR(read(zip_checkpoint(writer.finish(), {{"0", std::string(1 << 20, '\0')}})), "save its tensors with .contiguous()");
}

TEST(TorchZip, DamagedBytesAreFound) {
  const auto wrong = [](const std::string& name, const std::string& data) {
    return testing::ZipMember{.name = name, .data = data, .crc32 = 0x11111111};
  };
  EXPECT_ERROR(read(testing::write_zip({{"m/data.pkl", plain_pickle()}, wrong("m/data/0", floats(2))})),
               "tensor 'w': m/data/0: its checksum (CRC-32) is wrong");
  EXPECT_ERROR(read(testing::write_zip({wrong("m/data.pkl", plain_pickle()), {"m/data/0", floats(2)}})),
               "m/data.pkl: its checksum (CRC-32) is wrong");
}

TEST(TorchZip, BombsAndOverlapsAreRefused) {
  EXPECT_ERROR(read(testing::write_zip({{.name = "m/data.pkl", .data = "x", .size = uint64_t{1} << 31, .method = 8}})),
               "m/data.pkl: the entry is compressed (method 8)");
  EXPECT_ERROR(read(testing::write_zip({{"m/data.pkl", plain_pickle()}, {"m/data/0", floats(2)}, {"m/data/0", floats(2)}})),
               "m/data/0: the archive holds two entries of this name");
  const testing::ZipMember too_long{.name = "m/data/0", .data = "", .size = 8, .packed_size = 8, .flags = 0};
  EXPECT_ERROR(read(testing::write_zip({{"m/data.pkl", plain_pickle()}, too_long})),
               "m/data/0: the zip archive is broken: the entry's 8 bytes reach past");
}

TEST(TorchZip, OtherArchivesAreTold) {
  EXPECT_ERROR(read(zip_checkpoint(plain_pickle(), {}, {{"m/code/__torch__.py", "def f(): pass"}})),
               "this is a TorchScript archive");
  EXPECT_ERROR(read(zip_checkpoint(plain_pickle(), {}, {{"m/constants.pkl", "\x80\x02)."}})),
               "python -m headrace import FILE --trust");
  EXPECT_ERROR(read(testing::write_zip({{"m/archive_format", "pt2"}})), "this is a torch.export archive");
  EXPECT_ERROR(read(testing::write_zip({{"weight.npy", "x"}})), "this is a .npz archive of arrays");
  EXPECT_ERROR(read(testing::write_zip({{"word/document.xml", "x"}})), "it holds no data.pkl");
  EXPECT_ERROR(read(testing::write_zip({{"m/data.pkl", plain_pickle()}, {"m/byteorder", "big"}})),
               "the file's byte order is 'big'");
}

TEST(TorchZip, NoPrefixIsRead) {
  const std::string bytes = zip_checkpoint(plain_pickle(), {{"0", floats(2)}});
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read(bytes.substr(0, size)).ok()) << size;
}

TEST(TorchLegacy, ReadsStorages) {
  const auto state = read(legacy_checkpoint(plain_pickle(true), {{"0", floats(2)}}));
  ASSERT_OK(state);
  EXPECT_EQ(state->format, "PyTorch legacy");
  EXPECT_THAT(values_of(*state, "w"), ElementsAre(0, 1));
}

TEST(TorchLegacy, TiedTensorsShareOneAlignedCopy) {
  for (size_t shift = 0; shift < 8; ++shift) {
    const std::string name(shift, 'n');
    const std::string pickle = PickleWriter()
                                   .op("}(")
                                   .string("a" + name)
                                   .tensor("0", 2, {2}, {}, 0, true)
                                   .string("b")
                                   .tensor("0", 2, {2}, {}, 0, true)
                                   .op("u")
                                   .finish();
    const auto state = read(legacy_checkpoint(pickle, {{"0", floats(2)}}));
    ASSERT_OK(state);
    EXPECT_EQ(state->tensors[0].tensor.bytes().data(), state->tensors[1].tensor.bytes().data());
    EXPECT_THAT(values_of(*state, "b"), ElementsAre(0, 1));
  }
}

// {"w": a tensor of shape [2] on a view of storage "0" of six floats}
std::string with_view(int64_t offset, int64_t count) {
  PickleWriter writer;
  writer.op("}")
      .string("w")
      .global("torch._utils", "_rebuild_tensor")
      .op("((")
      .string("storage")
      .global("torch", "FloatStorage")
      .string("0");
  writer.string("cpu").integer(6).op("(").string("v").integer(offset).integer(count).op("ttQ").integer(0).tuple({2}).tuple({1});
  return writer.op("tRs").finish();
}

TEST(TorchLegacy, StoragesWithinStorages) {
  const Storages six = {{"0", floats(6)}};
  const auto state = read(legacy_checkpoint(with_view(3, 2), six));
  ASSERT_OK(state);
  EXPECT_THAT(values_of(*state, "w"), ElementsAre(3, 4));
  EXPECT_ERROR(read(legacy_checkpoint(with_view(5, 2), six)),
               "a view of 2 elements from 5 on does not lie within storage '0' of 6");
  EXPECT_ERROR(read(legacy_checkpoint(with_view(-1, 2), six)), "from -1 on does not lie within");
  EXPECT_ERROR(read(legacy_checkpoint(with_view(INT64_MAX, INT64_MAX), six)), "does not lie within");
  EXPECT_ERROR(read(legacy_checkpoint(with_view(0, 1), six)), "needs 8 bytes, and its storage has 4");
}

TEST(TorchLegacy, RefusesStoragesThatDoNotFit) {
  const std::string pickle = plain_pickle(true);
  EXPECT_ERROR(read(legacy_checkpoint(pickle, {{"1", floats(2)}})), "storage '1' is in the file, and no tensor tells its type");
  EXPECT_ERROR(read(legacy_checkpoint(pickle, {})), "storage '0' is not in the file");
  EXPECT_ERROR(read(legacy_checkpoint(pickle, {{"0", floats(1)}})), "should hold 2 elements of 4 bytes, and has 4 bytes");
  std::string bytes = legacy_checkpoint(pickle, {{"0", floats(2)}});
  EXPECT_ERROR(read(bytes.substr(0, bytes.size() - 1)), "the file is truncated: storage '0' of 2 elements reaches past its end");
  EXPECT_ERROR(read(bytes.substr(0, bytes.size() - 9)), "the file is truncated: storage '0' reaches past its end");
  bytes[bytes.size() - 9] = '\x7f';  // the count's highest byte
  EXPECT_ERROR(read(bytes), "the file is truncated: storage '0' of 9151314442816847874 elements");
}

TEST(TorchLegacy, RefusesOtherPickles) {
  EXPECT_ERROR(read("\x80\x02}."), "this is a pickle, but not one that torch.save wrote");
  EXPECT_ERROR(read("\x80\x04\x8a\x01\x05."), "magic number");
  std::string bytes = legacy_checkpoint(plain_pickle(true), {{"0", floats(2)}});
  bytes[18] = '\x01';  // of the protocol version's two bytes
  EXPECT_ERROR(read(bytes), "protocol version is not 1001");
  EXPECT_ERROR(read("\x80\x02(cos\nsystem\n"), "magic number: byte 3 (GLOBAL): the pickle names 'os.system'");
}

TEST(TorchLegacy, NoPrefixIsRead) {
  const std::string bytes = legacy_checkpoint(plain_pickle(true), {{"0", floats(2)}});
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read(bytes.substr(0, size)).ok()) << size;
}

TEST(Checkpoint, ForeignFilesAreTold) {
  EXPECT_ERROR(read(""), "the file is empty");
  EXPECT_ERROR(read("version https://git-lfs.github.com/spec/v1\noid sha256:0"), "git lfs pull");
  EXPECT_ERROR(read("<!DOCTYPE html><html></html>"), "this is a web page");
  EXPECT_ERROR(read("some text that is no checkpoint"), "this is no checkpoint");
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  EXPECT_ERROR(read(tar), "this is a tar archive");
  EXPECT_ERROR(read_checkpoint("no/such/file.pth"), "no/such/file.pth: there is no such file");
  testing::TemporaryFolder folder;
  testing::write_file(folder / "w.pth", "text");
  EXPECT_ERROR(read_checkpoint(folder / "w.pth"), "w.pth: this is no checkpoint");
}

}  // namespace
}  // namespace headrace
