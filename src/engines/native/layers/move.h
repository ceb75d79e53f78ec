// Layers that only move values: in and out of the engine, and beside each other.
#pragma once

#include <vector>

#include "engines/native/program.h"

namespace headrace::native {

// A graph input (float32; NCHW, or N x C) into the arena, quantised on the way where the graph begins with that.
class ImportLayer final : public Layer {
 public:
  // `scale` and `zero_point`: one entry or one per channel; empty for a float tensor.
  ImportLayer(std::string name, int input_index, TensorId output, std::vector<float> scale, std::vector<int32_t> zero_point)
      : Layer(std::move(name), {}, output), index_(input_index), scale_(std::move(scale)), zero_point_(std::move(zero_point)) {}
  std::string_view kind() const override { return "import"; }
  // `inputs`: the one extent of the caller's tensor.
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;
  int input_index() const { return index_; }

 private:
  int index_;
  std::vector<float> scale_;
  std::vector<int32_t> zero_point_;
};

// A float tensor from the arena to a graph output, NCHW or N x C.
class ExportLayer final : public Layer {
 public:
  ExportLayer(std::string name, TensorId input, int output_index) : Layer(std::move(name), {input}, -1), index_(output_index) {}
  std::string_view kind() const override { return "export"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override { return inputs[0]; }
  std::unique_ptr<Step> bind(const Binding& binding) const override;
  int output_index() const { return index_; }

 private:
  int index_;
};

// Inputs side by side along channels. Those that stand in the output already (TensorInfo::parent) are not copied.
class ConcatLayer final : public Layer {
 public:
  ConcatLayer(std::string name, std::vector<TensorId> inputs, TensorId output, std::vector<bool> in_place)
      : Layer(std::move(name), std::move(inputs), output), in_place_(std::move(in_place)) {}
  std::string_view kind() const override { return "concat"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  std::vector<bool> in_place_;
};

// The same values elsewhere, enlarged by repeating pixels (nearest neighbour, whole factors).
class RepeatLayer final : public Layer {
 public:
  RepeatLayer(std::string name, TensorId input, TensorId output, int factor_h, int factor_w)
      : Layer(std::move(name), {input}, output), factor_h_(factor_h), factor_w_(factor_w) {}
  std::string_view kind() const override { return "repeat"; }
  Result<Extent> infer(std::span<const Extent> inputs) const override;
  std::unique_ptr<Step> bind(const Binding& binding) const override;

 private:
  int factor_h_, factor_w_;
};

}  // namespace headrace::native
