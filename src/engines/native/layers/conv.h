// Convolutions and matrix products: a Gemm is a convolution whose kernel covers the whole picture.
#pragma once

#include <optional>

#include "engines/native/layers/window.h"
#include "engines/native/program.h"
#include "kernels/pack.h"
#include "kernels/winograd_layer.h"

namespace headrace::native {

struct ConvSpec {
  kernels::ConvShape shape;
  Window window;
  kernels::ConvEpilogue epilogue;
};

class ConvLayer final : public Layer {
 public:
  ConvLayer(std::string name, TensorId input, TensorId output, Element input_element, ConvSpec spec, kernels::PackedConv packed)
      : Layer(std::move(name), {input}, output), element_(input_element), spec_(std::move(spec)), packed_(std::move(packed)) {}

  std::string_view kind() const override { return "conv"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  Halo halo(size_t index, std::span<const Extent> inputs, const Extent& output) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;
  int64_t macs(const Extent& output) const override;
  size_t weight_bytes() const override { return packed_.bytes.size(); }

  bool is_float() const { return element_ == Element::kF32; }
  ConvSpec& spec() { return spec_; }
  const ConvSpec& spec() const { return spec_; }
  const kernels::PackedConv& packed() const { return packed_; }
  // Takes up a residual addition: its other operand becomes an input.
  void add_input(TensorId addend) { inputs_.push_back(addend); }
  // The other way to compute it, where there is one; Binding::winograd chooses.
  void set_winograd(kernels::WinogradLayer winograd) { winograd_ = std::move(winograd); }
  bool has_winograd() const { return winograd_.has_value(); }

 private:
  Element element_;
  ConvSpec spec_;
  kernels::PackedConv packed_;
  std::optional<kernels::WinogradLayer> winograd_;
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
