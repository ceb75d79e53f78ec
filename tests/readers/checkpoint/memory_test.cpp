// However much a file asks for, reading takes no more memory than the file's size and 64 MB.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "readers/checkpoint/state_dict.h"
#include "support/memory_bound.h"
#include "support/pickle_writer.h"

namespace headrace {
namespace {

using testing::PickleWriter;

void expect_refused_within_bounds(std::string bytes, const std::string& part) {
  testing::expect_refused_within_bounds(std::move(bytes), part, [](const auto& file) { return read_checkpoint(file); });
}

TEST(CheckpointMemory, AMillionTensorsOfOneStorage) {
  PickleWriter writer;
  writer.op("}(");
  // What every tensor has in common, remembered: function 1, storage 2, sizes 3, strides 4.
  writer.string("first").global("torch._utils", "_rebuild_tensor").op("q\x01(").storage("0", 2).op("q\x02").integer(0).tuple({2});
  writer.op("q\x03").tuple({1}).op("q\x04tR");
  for (int i = 0; i < 1'000'000; ++i)
    writer.string(std::to_string(i)).op("h\x01(h\x02K").op(std::string(1, '\0')).op("h\x03h\x04tR");
  expect_refused_within_bounds(testing::zip_checkpoint(writer.op("u").finish(), {{"0", testing::floats(2)}}),
                               "more than 262144 values are open at once");
}

TEST(CheckpointMemory, AMillionTensorsInBatches) {
  PickleWriter writer;
  writer.op("}");
  writer.string("first").global("torch._utils", "_rebuild_tensor").op("q\x01(").storage("0", 2).op("q\x02").integer(0).tuple({2});
  writer.op("q\x03").tuple({1}).op("q\x04tRs");
  for (int i = 0; i < 1'000'000; ++i)
    writer.string(std::to_string(i)).op("h\x01(h\x02K").op(std::string(1, '\0')).op("h\x03h\x04tRs");
  expect_refused_within_bounds(testing::zip_checkpoint(writer.finish(), {{"0", testing::floats(2)}}),
                               "the pickle asks for more memory than the file's size justifies");
}

TEST(CheckpointMemory, AMillionTensorsOfSafetensors) {
  std::string header = "{";
  for (int i = 0; i < 150'000; ++i)
    header += (i > 0 ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  expect_refused_within_bounds(testing::safetensors(header + "}", ""), "the checkpoint holds more than 100000 tensors");
  expect_refused_within_bounds(testing::safetensors("{\"w\":" + std::string(10'000'000, '['), ""), "not the JSON it should be");
}

TEST(CheckpointMemory, ListsOfNothing) {
  expect_refused_within_bounds(testing::zip_checkpoint(PickleWriter().op(std::string(20 << 20, ']')).finish(), {}),
                               "values are open at once");
  std::string lists;
  for (int i = 0; i < (8 << 20); ++i) lists += "]0";
  expect_refused_within_bounds(testing::zip_checkpoint(PickleWriter().op(lists).finish(), {}), "the pickle asks for more memory");
  std::string memo;
  for (int i = 0; i < (16 << 20); ++i) memo += "\x94";
  expect_refused_within_bounds(testing::zip_checkpoint(PickleWriter().op("N" + memo).finish(), {}),
                               "the pickle asks for more memory");
}

TEST(CheckpointMemory, AnArchiveOfCountlessEntries) {
  std::vector<testing::ZipMember> members;
  for (int i = 0; i < 250'000; ++i) members.push_back({std::to_string(i), ""});
  expect_refused_within_bounds(testing::write_zip(members, {.zip64 = true, .alignment = 1}), "holds no data.pkl");
}

}  // namespace
}  // namespace headrace
