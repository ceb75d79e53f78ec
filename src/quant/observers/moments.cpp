#include "quant/observers/moments.h"

#include <algorithm>
#include <random>

#include "base/clones.h"

namespace headrace {
namespace {

int64_t at(const std::vector<int64_t>& list, size_t index, int64_t otherwise) {
  return index < list.size() ? list[index] : otherwise;
}

// out[j] += a * x[j] + b * y[j] + c * z[j] + d * w[j] for j up to `count`.
HEADRACE_CLONES void add_scaled(float* __restrict out, int64_t count, const float* const rows[4], const float factors[4]) {
  const float *x = rows[0], *y = rows[1], *z = rows[2], *w = rows[3];
  const float a = factors[0], b = factors[1], c = factors[2], d = factors[3];
  for (int64_t j = 0; j < count; ++j) out[j] += a * x[j] + b * y[j] + c * z[j] + d * w[j];
}

}  // namespace

std::optional<InputMoments> InputMoments::of(const WeightedLayer& layer, size_t expected_samples) {
  InputMoments moments;
  const Node& node = *layer.node;
  const Dims& weight = layer.weight->constant().dims();
  if (node.is("ConvTranspose") || weight.size() > 4) return std::nullopt;
  if (node.is("Conv")) {
    const bool flat = weight.size() == 3;  // a 1-d convolution is one of height 1
    const auto strides = node.ints_attribute("strides"), dilations = node.ints_attribute("dilations"),
               pads = node.ints_attribute("pads");
    const std::string auto_pad = node.string_attribute("auto_pad", "NOTSET");
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER")
      return std::nullopt;  // passes make these explicit where shapes are known
    Geometry& g = moments.geometry_;
    g.kernel_h = flat ? 1 : weight[2], g.kernel_w = weight.back();
    g.stride_h = flat ? 1 : at(strides, 0, 1), g.stride_w = at(strides, flat ? 0 : 1, 1);
    g.dilation_h = flat ? 1 : at(dilations, 0, 1), g.dilation_w = at(dilations, flat ? 0 : 1, 1);
    g.pad_top = flat ? 0 : at(pads, 0, 0), g.pad_left = at(pads, flat ? 0 : 1, 0);
    g.pad_bottom = flat ? 0 : at(pads, 2, 0), g.pad_right = at(pads, flat ? 1 : 3, 0);
    moments.groups_ = layer.groups();
    moments.inner_ = weight[1];
    moments.columns_ = weight[1] * g.kernel_h * g.kernel_w;
  } else {
    moments.geometry_.channels_last = true;
    moments.columns_ = moments.inner_ = static_cast<int64_t>(layer.weight->constant().size()) / layer.channels();
  }
  moments.per_sample_ = std::max<int64_t>(1, kPatches / std::max<int64_t>(1, static_cast<int64_t>(expected_samples)));
  moments.sums_.assign(static_cast<size_t>(moments.groups_ * moments.columns_), 0);
  moments.products_.assign(static_cast<size_t>(moments.groups_ * moments.columns_ * std::min(kBlock, moments.columns_)), 0);
  return moments;
}

int64_t InputMoments::positions(const Dims& dims) const {
  if (geometry_.channels_last) {
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < dims.size(); ++i) rows *= dims[i];
    return rows;
  }
  const int64_t height = dims.size() == 4 ? dims[2] : 1, width = dims.back();
  const int64_t out_h =
      (height + geometry_.pad_top + geometry_.pad_bottom - (geometry_.kernel_h - 1) * geometry_.dilation_h - 1) /
          geometry_.stride_h +
      1;
  const int64_t out_w = (width + geometry_.pad_left + geometry_.pad_right - (geometry_.kernel_w - 1) * geometry_.dilation_w - 1) /
                            geometry_.stride_w +
                        1;
  return dims[0] * std::max<int64_t>(out_h, 0) * std::max<int64_t>(out_w, 0);
}

void InputMoments::extract(const float* input, const Dims& dims, int64_t position, float* patch) const {
  if (geometry_.channels_last) {
    std::copy_n(input + position * columns_, columns_, patch);
    return;
  }
  const Geometry& g = geometry_;
  const int64_t channels = dims[1], height = dims.size() == 4 ? dims[2] : 1, width = dims.back();
  const int64_t out_w = (width + g.pad_left + g.pad_right - (g.kernel_w - 1) * g.dilation_w - 1) / g.stride_w + 1;
  const int64_t per_image = positions(dims) / dims[0];
  const float* image = input + position / per_image * channels * height * width;
  const int64_t top = position % per_image / out_w * g.stride_h - g.pad_top,
                left = position % per_image % out_w * g.stride_w - g.pad_left;
  for (int64_t kh = 0; kh < g.kernel_h; ++kh)
    for (int64_t kw = 0; kw < g.kernel_w; ++kw) {
      const int64_t y = top + kh * g.dilation_h, x = left + kw * g.dilation_w;
      const bool inside = y >= 0 && y < height && x >= 0 && x < width;
      for (int64_t c = 0; c < channels; ++c)
        patch[c / inner_ * columns_ + (kh * g.kernel_w + kw) * inner_ + c % inner_] =
            inside ? image[(c * height + y) * width + x] : 0.0f;
    }
}

void InputMoments::observe(const Tensor& input, size_t sample) {
  const int64_t available = positions(input.dims());
  const int64_t count = std::min(available, per_sample_);
  if (count <= 0) return;
  std::mt19937_64 random(sample);
  const int64_t start = static_cast<int64_t>(random() % static_cast<uint64_t>(available));
  std::vector<float> patches(static_cast<size_t>(count * groups_ * columns_));
  for (int64_t i = 0; i < count; ++i)  // evenly spread from a random start
    extract(input.as<float>().data(), input.dims(), (start + i * available / count) % available,
            patches.data() + i * groups_ * columns_);
  add(patches, count);
}

void InputMoments::add(const std::vector<float>& patches, int64_t count) {
  const int64_t stride = groups_ * columns_, width = std::min(kBlock, columns_);
  const std::vector<float> zeros(static_cast<size_t>(stride), 0.0f);
  for (int64_t p = 0; p < count; p += 4) {  // four patches a sweep over the products
    const float* rows[4];
    for (int64_t i = 0; i < 4; ++i) rows[i] = p + i < count ? patches.data() + (p + i) * stride : zeros.data();
    for (int64_t k = 0; k < stride; ++k) {
      const float factors[4] = {rows[0][k], rows[1][k], rows[2][k], rows[3][k]};
      sums_[static_cast<size_t>(k)] += static_cast<double>(factors[0]) + static_cast<double>(factors[1]) +
                                       static_cast<double>(factors[2]) + static_cast<double>(factors[3]);
      if (factors[0] == 0 && factors[1] == 0 && factors[2] == 0 && factors[3] == 0) continue;  // common after a ReLU
      const int64_t within = k % columns_ % kBlock, first = k - within;
      const float* shifted[4] = {rows[0] + first, rows[1] + first, rows[2] + first, rows[3] + first};
      add_scaled(products_.data() + k * width, within + 1, shifted, factors);
    }
  }
  seen_ += count;
}

double InputMoments::mean(int64_t group, int64_t column) const {
  return seen_ == 0 ? 0 : sums_[static_cast<size_t>(group * columns_ + column)] / static_cast<double>(seen_);
}

std::vector<double> InputMoments::second_moments(int64_t group, int64_t block, bool centered) const {
  const int64_t size = block_size(block), first = block * kBlock, width = std::min(kBlock, columns_);
  std::vector<double> out(static_cast<size_t>(size * size));
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      const auto product = static_cast<double>(products_[static_cast<size_t>((group * columns_ + first + i) * width + j)]);
      const double of_means = centered ? mean(group, first + i) * mean(group, first + j) : 0;
      const double value = product / static_cast<double>(std::max<int64_t>(seen_, 1)) - of_means;
      out[static_cast<size_t>(i * size + j)] = out[static_cast<size_t>(j * size + i)] = value;
    }
  return out;
}

}  // namespace headrace
