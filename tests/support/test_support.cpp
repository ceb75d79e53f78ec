#include "support/test_support.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace headrace::testing {
namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "headrace-test-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

Tensor Random::normal(Dims dims, float stddev, float mean) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(dims));
  std::normal_distribution<float> distribution(mean, stddev);
  for (float& value : tensor.as_mutable<float>()) value = distribution(engine_);
  return tensor;
}

Tensor Random::uniform(Dims dims, float low, float high) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(dims));
  std::uniform_real_distribution<float> distribution(low, high);
  for (float& value : tensor.as_mutable<float>()) value = distribution(engine_);
  return tensor;
}

ModelBuilder::ModelBuilder(int64_t opset) { model_.opsets[""] = opset; }

Value* ModelBuilder::input(const std::string& name, const Dims& dims, DType dtype) {
  Value* value = graph().add_value(name);
  value->dtype = dtype;
  value->shape = make_shape(dims);
  for (Dim& dim : *value->shape)
    if (!dim.known()) dim.symbol = "N";
  graph().add_input(value);
  return value;
}

Value* ModelBuilder::constant(const std::string& name, Tensor tensor) { return graph().add_constant(name, std::move(tensor)); }

Value* ModelBuilder::node(const std::string& op, std::vector<Value*> inputs, std::map<std::string, Attribute> attributes,
                          const std::string& name) {
  std::string lower = op;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Value* output = graph().add_value(name.empty() ? lower + "_" + std::to_string(count_++) : name);
  Node* node = graph().append(op, std::move(inputs), {output});
  node->attributes = std::move(attributes);
  node->name = output->name();
  return output;
}

Model ModelBuilder::finish(std::vector<Value*> outputs) {
  for (Value* output : outputs) graph().add_output(output);
  return std::move(model_);
}

}  // namespace headrace::testing
