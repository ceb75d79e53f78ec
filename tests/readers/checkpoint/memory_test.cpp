// However much a file asks for, reading takes no more memory than the file's size and 64 MB.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <fstream>

#include "readers/checkpoint/state_dict.h"
#include "support/pickle_writer.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::file_of;
using testing::PickleWriter;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasured = false;  // sanitizers hold memory of their own
#else
constexpr bool kMeasured = true;
#endif

// A field of /proc/self/status in bytes; 0 where there is none.
size_t status_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stoull(line.substr(field.size() + 1)) * 1024;
  return 0;
}

// Forgets the peak so far; false where the kernel does not let us.
bool reset_peak() { return static_cast<bool>(std::ofstream("/proc/self/clear_refs") << "5" << std::flush); }

// Reads and expects an error with `part` and no more memory than allowed.
void expect_refused_within_bounds(std::string bytes, const std::string& part) {
  const size_t allowed = bytes.size() + (size_t{64} << 20);
  const auto file = file_of(std::move(bytes));
  malloc_trim(0);  // what is free already would hide what is taken
  const bool measured = kMeasured && reset_peak();
  const size_t before = status_bytes("VmRSS");
  const auto state = read_checkpoint(file);
  const size_t peak = status_bytes("VmHWM");
  EXPECT_ERROR(state, part);
  if (!measured) GTEST_LOG_(INFO) << "memory not measured: sanitizer, or /proc/self/clear_refs is not writable";
  else EXPECT_LE(peak - before, allowed);
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
