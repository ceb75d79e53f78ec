// The noise of one layer of a quantised model against the float model's.
//
// Cross-layer equalisation multiplies a layer's channels by gains and divides the next layer's weights by them. The network
// computes the same, yet the tensor in between is another: compared value by value it would look like noise everywhere. The gains
// are not in the file, so they are estimated: per channel the least-squares factor between the two models, over all samples. (A
// channel of n values loses 1/n of its noise to its own estimate; that is put back.)
#pragma once

#include <span>
#include <vector>

#include "base/shape.h"
#include "measure/statistics.h"

namespace headrace {

class LayerNoise {
 public:
  // `may_have_gains`: false for outputs of the model, which no gain survives to.
  explicit LayerNoise(bool may_have_gains) : may_have_gains_(may_have_gains) {}

  // One sample's tensors, of the same `dims`. Channels lie along axis 1; in a sequence (rank 3) along the last.
  void add(const Dims& dims, std::span<const float> reference, std::span<const float> test);

  // Without the gains where they explain more than half of the noise, with everything otherwise. Infinity for no noise.
  double db() const;

 private:
  struct Channel {
    double reference = 0, product = 0, test = 0;  // sums of a a, a b and b b
    double count = 0;
  };
  double noise_without_gains() const;

  bool may_have_gains_;
  Sqnr plain_;
  std::vector<Channel> channels_;
};

}  // namespace headrace
