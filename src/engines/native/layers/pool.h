// Pooling over windows and whole pictures.
#pragma once

#include "engines/native/layers/window.h"
#include "engines/native/program.h"

namespace headrace::native {

struct PoolSpec {
  Window window = {};
  Element element = Element::kF32;
  bool average = false;
  bool count_padding = false;      // averages: positions in the padding count as well
  Quantisation in = {}, out = {};  // u8 averages
};

class PoolLayer final : public Layer {
 public:
  PoolLayer(std::string name, TensorId input, TensorId output, PoolSpec spec)
      : Layer(std::move(name), {input}, output), spec_(spec) {}
  std::string_view kind() const override { return spec_.average ? "average_pool" : "max_pool"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  Halo halo(size_t index, std::span<const Extent> inputs, const Extent& output) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  PoolSpec spec_;
};

class GlobalPoolLayer final : public Layer {
 public:
  GlobalPoolLayer(std::string name, TensorId input, TensorId output, PoolSpec spec)
      : Layer(std::move(name), {input}, output), spec_(spec) {}
  std::string_view kind() const override { return "global_average_pool"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  PoolSpec spec_;
};

}  // namespace headrace::native
