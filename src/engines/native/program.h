// What lowering makes of a graph: tensors and layers, in the order of execution; nothing in it depends on batch or picture size.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engines/engine.h"
#include "engines/native/step.h"
#include "engines/native/tensor_view.h"
#include "kernels/kernel_table.h"

namespace headrace::native {

using TensorId = int;

struct TensorInfo {
  std::string name;  // of the graph's value, for messages
  Element element = Element::kF32;
  Quantisation quantisation;
  bool nonnegative = false;  // f32: no value lies below zero, so that 0 is as good as -infinity round a maximum
  // What the halo holds: a code, or a float (0 or -infinity). Fixed by the first reader that pads.
  bool padded = false;
  float fill = 0;
  // A part of another tensor's channels: a concatenation's input written in place, or a slice. -1: memory of its own.
  TensorId parent = -1;
  int parent_channel = 0;
};

// Everything a layer needs to become a step for given extents.
struct Binding {
  std::span<const View> inputs;
  View output;
  const kernels::KernelTable& kernels;
};

class Layer {
 public:
  Layer(std::string name, std::vector<TensorId> inputs, TensorId output)
      : name_(std::move(name)), inputs_(std::move(inputs)), output_(output) {}
  virtual ~Layer() = default;

  const std::string& name() const { return name_; }
  virtual std::string_view kind() const = 0;
  const std::vector<TensorId>& inputs() const { return inputs_; }
  TensorId output() const { return output_; }
  bool reads(TensorId tensor) const { return std::find(inputs_.begin(), inputs_.end(), tensor) != inputs_.end(); }

  // Errors: invalid_data when the extents do not fit the layer.
  virtual Result<Extent> infer(std::span<const Extent> inputs) const = 0;
  // The padding that input `index` must have around it for these extents.
  virtual Halo halo(size_t /*index*/, std::span<const Extent> /*inputs*/, const Extent& /*output*/) const { return {}; }
  virtual std::unique_ptr<Step> bind(const Binding& binding) const = 0;
  // Multiply-accumulates, for choosing what is worth measuring.
  virtual int64_t macs(const Extent& /*output*/) const { return 0; }
  virtual size_t weight_bytes() const { return 0; }
  // The input whose place the output may take, since each element is read before it is written; -1: none.
  virtual int overwritable_input() const { return -1; }
  // Whether a row of the output needs the same row of every input and nothing else.
  virtual bool row_by_row() const { return false; }

  // Lowering rewires layers while it fuses.
  void set_output(TensorId output) { output_ = output; }

 protected:
  std::string name_;
  std::vector<TensorId> inputs_;
  TensorId output_;
};

struct Program {
  const kernels::KernelTable* kernels = nullptr;
  Signature signature;
  std::vector<TensorInfo> tensors;
  std::vector<std::unique_ptr<Layer>> layers;

  // The layer that writes the tensor; layers.size() for none.
  size_t producer_index(TensorId tensor) const {
    const auto writes = [&](const auto& layer) { return layer->output() == tensor; };
    return static_cast<size_t>(std::find_if(layers.begin(), layers.end(), writes) - layers.begin());
  }
  // In memory of its own, of which no other tensor is a part.
  bool stands_alone(TensorId tensor) const {
    const auto part_of_it = [&](const TensorInfo& other) { return other.parent == tensor; };
    return tensors[tensor].parent < 0 && std::none_of(tensors.begin(), tensors.end(), part_of_it);
  }
};

}  // namespace headrace::native
