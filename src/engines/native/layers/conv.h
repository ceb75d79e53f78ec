// Convolutions and matrix products: a Gemm is a convolution whose kernel covers the whole picture.
#pragma once

#include <optional>

#include "engines/native/layers/conv_packing.h"
#include "engines/native/layers/window.h"
#include "engines/native/program.h"

namespace headrace::native {

struct ConvSpec {
  kernels::ConvShape shape;
  Window window;
  kernels::ConvEpilogue epilogue;
};

class ConvLayer final : public Layer {
 public:
  // It can be computed in any of `ways`; settle() decides.
  ConvLayer(std::string name, TensorId input, TensorId output, Element input_element, ConvSpec spec, std::vector<ConvWay> ways,
            ConvPacker packer)
      : Layer(std::move(name), {input}, output),
        element_(input_element),
        spec_(std::move(spec)),
        ways_(std::move(ways)),
        packer_(std::move(packer)) {}

  std::string_view kind() const override {
    return std::holds_alternative<kernels::WinogradLayer>(packing_) ? "winograd" : "conv";
  }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  Halo halo(size_t index, std::span<const Extent> inputs, const Extent& output) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override { return bind(binding, packing_); }
  // On weights that must outlive the step.
  std::unique_ptr<Step> bind(const Binding& binding, const ConvPacking& packing) const;
  int64_t macs(const Extent& output) const override;
  size_t weight_bytes() const override { return weights_of(packing_).size(); }
  bool row_by_row() const override { return spec_.window.row_by_row() && kind() == "conv"; }
  int overwritable_input() const override { return inputs_.size() > 1 ? 1 : -1; }

  bool is_float() const { return element_ == Element::kF32; }
  ConvSpec& spec() { return spec_; }
  const ConvSpec& spec() const { return spec_; }
  // Takes up a residual addition: its other operand becomes an input.
  void add_input(TensorId addend) { inputs_.push_back(addend); }

  // Until it is settled, the layer holds the weights as the model has them.
  bool undecided() const { return packer_ != nullptr; }
  const std::vector<ConvWay>& ways() const { return ways_; }
  Result<ConvPacking> pack(ConvWay way) const { return packer_(way); }
  void settle(ConvPacking packing) {
    packing_ = std::move(packing);
    packer_ = nullptr;
  }

 private:
  Element element_;
  ConvSpec spec_;
  std::vector<ConvWay> ways_;
  ConvPacker packer_;
  ConvPacking packing_;
};

// One output channel per input channel.
class DepthwiseLayer final : public Layer {
 public:
  DepthwiseLayer(std::string name, TensorId input, TensorId output, Element element, ConvSpec spec, kernels::AlignedBytes packed)
      : Layer(std::move(name), {input}, output), element_(element), spec_(std::move(spec)), packed_(std::move(packed)) {}

  std::string_view kind() const override { return "depthwise"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  Halo halo(size_t index, std::span<const Extent> inputs, const Extent& output) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;
  int64_t macs(const Extent& output) const override;
  size_t weight_bytes() const override { return packed_.size(); }

 private:
  Element element_;
  ConvSpec spec_;
  kernels::AlignedBytes packed_;
};

}  // namespace headrace::native
