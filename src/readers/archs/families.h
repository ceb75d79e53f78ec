// The networks that are known: each family lists its members, and writes any of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "readers/archs/network.h"

namespace headrace {

struct Member {
  std::string name;
  int64_t resolution = 224;
  std::string classifier;  // the linear layer's name: "fc"
  std::string stem;        // the first convolution's name: its weight tells the channels of the input
  std::function<void(Network&, int64_t classes, int64_t channels)> write;
};

struct Family {
  std::string name;
  std::string members;  // for messages: "18, 34, 50"
  std::vector<Member> list;
};

Family resnet_family();
Family mobilenet_v2_family();
Family efficientnet_lite_family();

// The multiple of 8 nearest to `channels`, but not below nine tenths of it: how these families scale widths.
int64_t divisible_by_8(double channels);

}  // namespace headrace
