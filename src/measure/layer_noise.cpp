#include "measure/layer_noise.h"

#include <algorithm>
#include <cmath>

namespace headrace {

void LayerNoise::add(const Dims& dims, std::span<const float> reference, std::span<const float> test) {
  plain_.add(reference, test);
  if (!may_have_gains_ || dims.size() < 2) return;
  const size_t axis = dims.size() == 3 ? 2 : 1;
  size_t inner = 1;
  for (size_t i = axis + 1; i < dims.size(); ++i) inner *= static_cast<size_t>(dims[i]);
  const auto channels = static_cast<size_t>(dims[axis]);
  if (channels > channels_.size()) channels_.resize(channels);
  for (size_t i = 0; i < reference.size(); ++i) {
    Channel& channel = channels_[i / inner % channels];
    const double a = reference[i], b = test[i];
    channel.reference += a * a;
    channel.product += a * b;
    channel.test += b * b;
    channel.count += 1;
  }
}

// What is left of the noise when each channel of the test is multiplied by its best factor. NaN where values are not finite.
double LayerNoise::noise_without_gains() const {
  double noise = 0;
  for (const Channel& channel : channels_) {
    const double explained = channel.test > 0 ? channel.product * channel.product / channel.test : 0;
    const double left = channel.reference - explained;
    noise += channel.count > 1 ? std::max(left, 0.0) * channel.count / (channel.count - 1) : channel.reference;
  }
  return noise;
}

double LayerNoise::db() const {
  const double plain = plain_.noise(), left = noise_without_gains();
  const bool gains = !channels_.empty() && std::isfinite(plain) && left < plain / 2;
  return gains ? 10 * std::log10(plain_.signal() / left) : plain_.db();
}

}  // namespace headrace
