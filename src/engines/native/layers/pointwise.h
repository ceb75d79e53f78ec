// Layers that work on elements where they stand: activations, tables, sums and products, changes of type.
#pragma once

#include <array>
#include <vector>

#include "engines/native/program.h"

namespace headrace::native {

// Output extents equal the first input's.
class PointwiseLayer : public Layer {
 public:
  using Layer::Layer;
  Result<Extent> infer(std::span<const Extent> inputs) const override;
};

// u8 to u8 through 256 entries.
class TableLayer final : public PointwiseLayer {
 public:
  using Table = std::array<uint8_t, 256>;
  TableLayer(std::string name, TensorId input, TensorId output, const Table& table)
      : PointwiseLayer(std::move(name), {input}, output), table_(table) {}
  std::string_view kind() const override { return "table"; }
  bool row_by_row() const override { return true; }
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  Table table_;
};

class ActivationLayer final : public PointwiseLayer {
 public:
  ActivationLayer(std::string name, TensorId input, TensorId output, kernels::ActivationParameters parameters)
      : PointwiseLayer(std::move(name), {input}, output), parameters_(parameters) {}
  std::string_view kind() const override { return "activation"; }
  bool row_by_row() const override { return true; }
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  kernels::ActivationParameters parameters_;
};

// x * scale + shift, per channel.
class ScaleShiftLayer final : public PointwiseLayer {
 public:
  ScaleShiftLayer(std::string name, TensorId input, TensorId output, std::vector<float> scale, std::vector<float> shift,
                  float minimum, float maximum)
      : PointwiseLayer(std::move(name), {input}, output),
        scale_(std::move(scale)),
        shift_(std::move(shift)),
        minimum_(minimum),
        maximum_(maximum) {}
  std::string_view kind() const override { return "scale_shift"; }
  bool row_by_row() const override { return true; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  std::vector<float> scale_, shift_;  // one entry, or one per channel
  float minimum_, maximum_;
};

// Two tensors of the same extents.
class AddLayer final : public PointwiseLayer {
 public:
  AddLayer(std::string name, TensorId a, TensorId b, TensorId output, Element element, kernels::AddU8 codes, float minimum,
           float maximum)
      : PointwiseLayer(std::move(name), {a, b}, output), element_(element), codes_(codes), minimum_(minimum), maximum_(maximum) {}
  std::string_view kind() const override { return "add"; }
  bool row_by_row() const override { return true; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  Element element_;
  kernels::AddU8 codes_;
  float minimum_, maximum_;
};

// A product of the same extents, or with one value per picture and channel (squeeze and excitation) as second input.
class MulLayer final : public PointwiseLayer {
 public:
  MulLayer(std::string name, TensorId a, TensorId b, TensorId output, Element element, kernels::MulU8 codes)
      : PointwiseLayer(std::move(name), {a, b}, output), element_(element), codes_(codes) {}
  std::string_view kind() const override { return "mul"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  Element element_;
  kernels::MulU8 codes_;
};

class QuantizeLayer final : public PointwiseLayer {
 public:
  QuantizeLayer(std::string name, TensorId input, TensorId output, Quantisation quantisation)
      : PointwiseLayer(std::move(name), {input}, output), quantisation_(quantisation) {}
  std::string_view kind() const override { return "quantize"; }
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  Quantisation quantisation_;
};

class DequantizeLayer final : public PointwiseLayer {
 public:
  DequantizeLayer(std::string name, TensorId input, TensorId output, Quantisation quantisation)
      : PointwiseLayer(std::move(name), {input}, output), quantisation_(quantisation) {}
  std::string_view kind() const override { return "dequantize"; }
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  Quantisation quantisation_;
};

// Over the channels of each pixel.
class SoftmaxLayer final : public PointwiseLayer {
 public:
  SoftmaxLayer(std::string name, TensorId input, TensorId output) : PointwiseLayer(std::move(name), {input}, output) {}
  std::string_view kind() const override { return "softmax"; }
  std::unique_ptr<Step> bind(const Binding& binding) const override;
};

}  // namespace headrace::native
