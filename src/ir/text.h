// The text form of a graph: what `inspect --text` prints and golden tests compare.
//
//   graph main opset 17
//   input  x: float32[N, 3, 8, 8]
//   const  w: float32[4, 3, 3, 3] = {0.1, -0.2, ...} #5f1d09c3
//   y: float32[N, 4, 6, 6] = Conv(x, w) {strides=[1, 1]} @fused_activation=Relu
//   output y
//
// Constants show up to eight values and a checksum (CRC-32) of all bytes. Deterministic: same model, same text.
#pragma once

#include <string>

#include "ir/model.h"

namespace headrace {

std::string to_text(const Model& model);

}  // namespace headrace
