// Random inputs, for measuring latency where no data is at hand.
#include <bit>
#include <random>

#include "data/sources.h"

namespace headrace {
namespace {

// Indices and masks (token types, attention masks) that any model accepts.
constexpr unsigned kIntegers = 2;

// The bits of a normal number near `value`; what is out of float16's range becomes zero.
uint16_t to_float16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const int exponent = static_cast<int>(bits >> 23 & 0xff) - 127 + 15;
  const uint32_t sign = bits >> 16 & 0x8000;
  if (exponent <= 0 || exponent >= 31) return static_cast<uint16_t>(sign);
  return static_cast<uint16_t>(sign | static_cast<uint32_t>(exponent) << 10 | (bits >> 13 & 0x3ff));
}
uint16_t to_bfloat16(float value) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16); }

template <typename T, typename Generate>
void fill_as(Tensor& tensor, Generate generate) {
  auto* values = reinterpret_cast<T*>(tensor.mutable_bytes().data());
  for (size_t i = 0; i < tensor.size(); ++i) values[i] = static_cast<T>(generate());
}

Status fill(Tensor& tensor, std::mt19937_64& engine) {
  std::normal_distribution<float> distribution;
  const auto normal = [&] { return distribution(engine); };
  const auto integer = [&] { return static_cast<uint8_t>(engine() % kIntegers); };
  switch (tensor.dtype()) {
    case DType::kFloat32: fill_as<float>(tensor, normal); return Ok{};
    case DType::kFloat64: fill_as<double>(tensor, normal); return Ok{};
    case DType::kFloat16: fill_as<uint16_t>(tensor, [&] { return to_float16(normal()); }); return Ok{};
    case DType::kBfloat16: fill_as<uint16_t>(tensor, [&] { return to_bfloat16(normal()); }); return Ok{};
    case DType::kBool:
    case DType::kUint8:
    case DType::kInt8: fill_as<uint8_t>(tensor, integer); return Ok{};
    case DType::kUint16:
    case DType::kInt16: fill_as<uint16_t>(tensor, integer); return Ok{};
    case DType::kUint32:
    case DType::kInt32: fill_as<uint32_t>(tensor, integer); return Ok{};
    case DType::kUint64:
    case DType::kInt64: fill_as<uint64_t>(tensor, integer); return Ok{};
    default: return unsupported("there are no random values of type " + std::string(to_string(tensor.dtype())));
  }
}

class RandomDataset final : public Dataset {
 public:
  RandomDataset(Signature signature, size_t count, uint64_t seed)
      : signature_(std::move(signature)), count_(count), seed_(seed) {}

  size_t size() const override { return count_; }
  const std::vector<std::string>& class_names() const override { return class_names_; }
  bool labelled() const override { return false; }

  Result<Sample> load(size_t index) const override {
    std::seed_seq seeds{seed_, seed_ >> 32, static_cast<uint64_t>(index)};
    std::mt19937_64 engine(seeds);
    Sample sample{{}, std::nullopt, "random[" + std::to_string(index) + "]"};
    for (const TensorSpec& input : signature_.inputs) {
      Dims dims;
      for (const Dim& dim : input.shape) dims.push_back(dim.known() ? dim.extent : 1);
      Tensor tensor = Tensor::allocate(input.dtype, std::move(dims));
      if (Status status = fill(tensor, engine); !status.ok()) return std::move(status).error().at("input " + input.name);
      sample.inputs.push_back(std::move(tensor));
    }
    return sample;
  }

 private:
  Signature signature_;
  size_t count_;
  uint64_t seed_;
  std::vector<std::string> class_names_;  // always empty
};

}  // namespace

DatasetResult random_dataset(const Signature& signature, size_t count, uint64_t seed) {
  if (count == 0) return invalid_argument("at least one random sample is needed");
  for (const TensorSpec& input : signature.inputs) {
    Dims dims;
    for (const Dim& dim : input.shape) dims.push_back(dim.known() ? dim.extent : 1);
    HEADRACE_TRY(const int64_t elements, element_count(dims));
    if (elements > int64_t{1} << 34)
      return invalid_data("a random sample of shape " + to_string(dims) + " is too large").at("input " + input.name);
  }
  auto dataset = std::make_unique<RandomDataset>(signature, count, seed);
  HEADRACE_CHECK(dataset->load(0));  // tells of types that have no random values
  return std::unique_ptr<Dataset>(std::move(dataset));
}

}  // namespace headrace
