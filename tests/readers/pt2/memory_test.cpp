// However much an exported program asks for, reading takes no more memory than the file's size and 64 MB.
#include "program_writer.h"
#include "readers/pt2/read.h"
#include "support/memory_bound.h"

namespace headrace {
namespace {

constexpr size_t kMany = 1'000'000;

std::string repeated(const std::string& item, size_t count) {
  std::string list = item;
  for (size_t i = 1; i < count; ++i) list += "," + item;
  return list;
}

void expect_refused_within_bounds(const std::string& graph, const std::string& part) {
  testing::ProgramWriter writer;
  writer.program_text = R"({"schema_version":{"major":8,"minor":20},"graph_module":{"graph":{)" + graph + "}}}";
  testing::expect_refused_within_bounds(writer.archive(), part, [](const auto& file) { return read_pt2(file); });
}

TEST(Pt2Memory, AMillionNodes) {
  const std::string node =
      R"({"target":"torch.ops.aten.relu.default","inputs":[{"name":"self","arg":{"as_tensor":{"name":"x"}}}],)"
      R"("outputs":[{"as_tensor":{"name":"x"}}]})";
  expect_refused_within_bounds(R"("nodes":[)" + repeated(node, 400'000) + "]", "more memory than 64 MB");
  expect_refused_within_bounds(R"("nodes":[)" + repeated(node, kMany) + "]", "64 MB are read at most");
  expect_refused_within_bounds(R"("nodes":[)" + repeated("{}", kMany) + "]", "more memory than 64 MB");
}

TEST(Pt2Memory, ListsOfNumbersAndNames) {
  const std::string begin = R"("nodes":[{"inputs":[{"name":"a","arg":{)", end = "}}]}]";
  expect_refused_within_bounds(begin + R"("as_ints":[)" + repeated("1", 4 * kMany) + "]" + end, "more memory than 64 MB");
  expect_refused_within_bounds(begin + R"("as_tensors":[)" + repeated("{}", 4 * kMany) + "]" + end, "more memory than 64 MB");
  expect_refused_within_bounds(begin + R"("as_string":")" + std::string(60 << 20, 'x') + "\"" + end, "more memory than 64 MB");
}

TEST(Pt2Memory, AMillionTensors) {
  std::string tensors = R"("x":{})";
  for (size_t i = 0; i < kMany; ++i) tensors += ",\"" + std::to_string(i) + "\":{}";
  expect_refused_within_bounds(R"("tensor_values":{)" + tensors + "}", "more memory than 64 MB");
}

TEST(Pt2Memory, BracketsWithoutEnd) {
  expect_refused_within_bounds(R"("unknown":)" + std::string(60 << 20, '['), "more memory than 64 MB");
}

}  // namespace
}  // namespace headrace
