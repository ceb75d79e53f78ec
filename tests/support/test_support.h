// What several test programs need.
#pragma once

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "ir/model.h"

namespace headrace::testing {

// A folder that goes with its object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Seeded: the same tensors on every run.
class Random {
 public:
  explicit Random(uint32_t seed = 1) : engine_(seed) {}
  Tensor normal(Dims dims, float stddev = 1, float mean = 0);
  Tensor uniform(Dims dims, float low, float high);

 private:
  std::mt19937 engine_;
};

// Builds a model a node at a time:
//   ModelBuilder b;
//   Value* x = b.input("x", {-1, 3, 8, 8});   // -1: the symbolic dimension "N"
//   Value* y = b.node("Conv", {x, b.constant("w", w)}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}});
//   Model model = b.finish({y});
class ModelBuilder {
 public:
  explicit ModelBuilder(int64_t opset = 17);
  Value* input(const std::string& name, const Dims& dims, DType dtype = DType::kFloat32);
  Value* constant(const std::string& name, Tensor tensor);
  // One output named after the op ("conv_0", "relu_1", ...), or `name` where given.
  Value* node(const std::string& op, std::vector<Value*> inputs, std::map<std::string, Attribute> attributes = {},
              const std::string& name = {});
  Model finish(std::vector<Value*> outputs);
  Graph& graph() { return *model_.graph; }

 private:
  Model model_;
  int count_ = 0;
};

}  // namespace headrace::testing

// ASSERT that a Result is ok, printing its error.
#define ASSERT_OK(result)                                                                                                \
  do {                                                                                                                   \
    const auto& headrace_checked = (result);                                                                             \
    ASSERT_TRUE(headrace_checked.ok()) << (headrace_checked.ok() ? std::string() : headrace_checked.error().describe()); \
  } while (false)

// EXPECT an error whose description contains `part`.
#define EXPECT_ERROR(result, part)                                                  \
  do {                                                                              \
    const auto& headrace_checked = (result);                                        \
    EXPECT_FALSE(headrace_checked.ok());                                            \
    if (!headrace_checked.ok()) {                                                   \
      EXPECT_THAT(headrace_checked.error().describe(), ::testing::HasSubstr(part)); \
    }                                                                               \
  } while (false)
