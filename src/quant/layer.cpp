#include "quant/layer.h"

namespace headrace {
namespace {

bool float_constant(const Value* value) { return value != nullptr && value->is_constant() && value->dtype == DType::kFloat32; }

bool conv_form(const Node& node) {
  return (node.is("Conv") || node.is("ConvTranspose")) && float_constant(node.input(1)) && node.input(1)->constant().rank() >= 3;
}

bool gemm_form(const Node& node) {
  return node.is("Gemm") && float_constant(node.input(1)) && node.int_attribute("transA", 0) == 0 &&
         node.float_attribute("alpha", 1) == 1 && node.float_attribute("beta", 1) == 1;
}

bool matmul_form(const Node& node) {
  return node.is("MatMul") && float_constant(node.input(1)) && node.input(1)->constant().rank() == 2;
}

// A bias that is one value per output channel.
bool bias_fits(const Value* bias, int64_t channels) {
  return bias == nullptr || (float_constant(bias) && static_cast<int64_t>(bias->constant().size()) == channels);
}

int64_t spatial_size(const Tensor& weight) {
  int64_t taps = 1;
  for (int i = 2; i < weight.rank(); ++i) taps *= weight.dims()[static_cast<size_t>(i)];
  return taps;
}

// Where weight (row, column) of the rows lies in the tensor.
class WeightOrder {
 public:
  WeightOrder(const WeightedLayer& layer, const WeightRows& form) : form_(form) {
    const Tensor& weight = layer.weight->constant();
    if (layer.node->is("Conv")) {
      taps_ = spatial_size(weight);
      kind_ = Kind::kConv;
    } else if (layer.node->is("ConvTranspose")) {
      taps_ = spatial_size(weight);
      per_group_ = weight.dims()[1];
      kind_ = Kind::kConvTranspose;
    } else {
      kind_ = layer.node->is("Gemm") && layer.node->int_attribute("transB", 0) != 0 ? Kind::kRowMajor : Kind::kColumnMajor;
    }
  }
  size_t operator()(int64_t row, int64_t column) const {
    switch (kind_) {
      case Kind::kConv: return static_cast<size_t>((row * form_.inner + column % form_.inner) * taps_ + column / form_.inner);
      case Kind::kConvTranspose: {  // [IC, OC / groups, taps]
        const int64_t channel = (row / per_group_) * form_.inner + column % form_.inner;
        return static_cast<size_t>((channel * per_group_ + row % per_group_) * taps_ + column / form_.inner);
      }
      case Kind::kRowMajor: return static_cast<size_t>(row * form_.columns + column);
      case Kind::kColumnMajor: return static_cast<size_t>(column * form_.rows + row);
    }
    return 0;
  }

 private:
  enum class Kind { kConv, kConvTranspose, kRowMajor, kColumnMajor } kind_;
  const WeightRows& form_;
  int64_t taps_ = 1;
  int64_t per_group_ = 1;
};

}  // namespace

bool WeightedLayer::depthwise() const {
  return is_conv() && groups() > 1 && weight->constant().dims()[1] == 1 && channels() == groups();
}

int WeightedLayer::channel_axis() const {
  if (node->is("Conv")) return 0;
  if (node->is("ConvTranspose")) return 1;
  return node->is("Gemm") && node->int_attribute("transB", 0) != 0 ? 0 : 1;
}

int64_t WeightedLayer::channels() const {
  const int64_t extent = weight->constant().dims()[static_cast<size_t>(channel_axis())];
  return node->is("ConvTranspose") ? extent * groups() : extent;
}

bool WeightedLayer::per_channel_ok() const { return !(node->is("ConvTranspose") && groups() > 1); }

std::optional<WeightedLayer> as_weighted_layer(Node* node) {
  if (!conv_form(*node) && !gemm_form(*node) && !matmul_form(*node)) return std::nullopt;
  WeightedLayer layer;
  layer.node = node;
  layer.input = node->input(0);
  layer.weight = node->input(1);
  layer.bias = node->is("MatMul") ? nullptr : node->input(2);
  layer.output = node->output();
  if (layer.input == nullptr || layer.input->is_constant() || !bias_fits(layer.bias, layer.channels())) return std::nullopt;
  return layer;
}

WeightRows weight_rows(const WeightedLayer& layer) {
  const Tensor& weight = layer.weight->constant();
  WeightRows form;
  form.rows = layer.channels();
  form.columns = form.rows == 0 ? 0 : static_cast<int64_t>(weight.size()) / form.rows;
  form.inner = form.columns;
  if (layer.node->is("Conv")) form.inner = weight.dims()[1];
  if (layer.node->is("ConvTranspose")) {  // [IC, OC / groups, taps]: a row sees the input channels of its group
    form.inner = weight.dims()[0] / layer.groups();
    form.columns = form.inner * spatial_size(weight);
  }
  const WeightOrder order(layer, form);
  const auto values = weight.as<float>();
  form.values.resize(values.size());
  for (int64_t r = 0; r < form.rows; ++r)
    for (int64_t k = 0; k < form.columns; ++k) form.values[static_cast<size_t>(r * form.columns + k)] = values[order(r, k)];
  return form;
}

template <typename T>
Tensor from_rows(const WeightedLayer& layer, const WeightRows& form, const std::vector<T>& rows) {
  Tensor tensor = Tensor::allocate(dtype_of<T>(), layer.weight->constant().dims());
  const auto values = tensor.template as_mutable<T>();
  const WeightOrder order(layer, form);
  for (int64_t r = 0; r < form.rows; ++r)
    for (int64_t k = 0; k < form.columns; ++k) values[order(r, k)] = rows[static_cast<size_t>(r * form.columns + k)];
  return tensor;
}
template Tensor from_rows<float>(const WeightedLayer&, const WeightRows&, const std::vector<float>&);
template Tensor from_rows<int8_t>(const WeightedLayer&, const WeightRows&, const std::vector<int8_t>&);

int64_t input_channel(const WeightedLayer& layer, const WeightRows& form, int64_t row, int64_t column) {
  const int64_t rows_per_group = form.rows / (layer.is_conv() || layer.node->is("ConvTranspose") ? layer.groups() : 1);
  return row / rows_per_group * form.inner + column % form.inner;
}

std::vector<float> bias_values(const WeightedLayer& layer) {
  if (layer.bias == nullptr) return std::vector<float>(static_cast<size_t>(layer.channels()), 0.0f);
  const auto values = layer.bias->constant().as<float>();
  return {values.begin(), values.end()};
}

}  // namespace headrace
