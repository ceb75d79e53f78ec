// A serialised ModelProto as a list of pieces, in which the constants' bytes stand where they lie: writing a model takes no
// second copy of its weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace onnx {
class ModelProto;
}  // namespace onnx

namespace headrace {

using Sink = std::function<Status(std::span<const std::byte>)>;

class ModelStream {
 public:
  // `raw_data` holds, by name, the bytes of those initialisers that have none in the message. Takes `proto` apart.
  ModelStream(onnx::ModelProto& proto, const std::map<std::string, Tensor>& raw_data);

  uint64_t size() const;
  Status write(const Sink& sink) const;

 private:
  struct Piece {
    std::string serialised;
    Tensor tensor;  // its bytes follow
  };
  std::vector<Piece> pieces_;
};

}  // namespace headrace
