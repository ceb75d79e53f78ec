// logits_probe ENGINE MODEL THREADS BATCH COUNT: runs COUNT pictures, BATCH at a time, and writes the first output's bytes, for
// tests/models. The pictures are made of integers, the same on every machine: multiples of 1/64 from -2 up to 2.
#include <cstdio>
#include <cstdlib>

#include "engines/engine.h"

namespace headrace {
namespace {

// Element `index` of picture `n`: the high bits of a multiplicative hash (Knuth), smoothed over three neighbours.
float pixel(uint32_t n, uint32_t index) {
  const auto noise = [n](uint32_t i) { return static_cast<int>((i + 7919 * n) * 2654435761u >> 24); };
  return static_cast<float>((2 * noise(index / 3) + noise(index / 50) + noise(index)) / 4 - 128) / 64;
}

Tensor pictures(const Shape& shape, int first, int count) {
  Dims dims{count};
  for (size_t i = 1; i < shape.size(); ++i) dims.push_back(shape[i].extent);
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(dims));
  const size_t elements = tensor.size() / static_cast<size_t>(count);
  for (size_t i = 0; i < tensor.size(); ++i)
    tensor.as_mutable<float>()[i] =
        pixel(static_cast<uint32_t>(first) + static_cast<uint32_t>(i / elements), static_cast<uint32_t>(i % elements));
  return tensor;
}

Status probe(char** argv) {
  SessionOptions options;
  options.threads = std::atoi(argv[3]);
  const int batch = std::atoi(argv[4]), count = std::atoi(argv[5]);
  HEADRACE_TRY(const Engine* engine, find_engine(argv[1]));
  HEADRACE_TRY(const auto session, engine->load(std::filesystem::path(argv[2]), options));
  for (int first = 0; first < count; first += batch) {
    std::vector<Tensor> outputs;
    const Tensor input = pictures(session->signature().inputs.at(0).shape, first, std::min(batch, count - first));
    HEADRACE_CHECK(session->run({&input, 1}, outputs));
    std::fwrite(outputs.at(0).bytes().data(), 1, outputs[0].byte_size(), stdout);
  }
  return Ok{};
}

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const auto status = headrace::probe(argv);
  if (!status) std::fprintf(stderr, "%s\n", status.error().describe().c_str());
  return status ? 0 : 1;
}
