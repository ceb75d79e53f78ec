// The JSON of an inference request, read in one pass into a ParsedRequest.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "serve/http/infer_request.h"
#include "serve/http/json_in.h"
#include "serve/wire.h"

namespace headrace::serve::http {

// What of a body lies behind its JSON: inputs with binary_data_size take their bytes from its front, in their order.
struct BinarySection {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> rest;
};

class InferReader {
 public:
  InferReader(const Limits& limits, BinarySection& binary, ParsedRequest& out)
      : limits_(limits), binary_(binary), out_(out), memory_(limits.max_body_bytes) {}
  Status read(std::string_view text, size_t readable);

 private:
  using Value = simdjson::ondemand::value;
  using Object = simdjson::ondemand::object;
  struct Input;  // what is known of an input while its object is read

  Status top_level(Object object);
  Status parameters(Value value);
  Status input(Value value);
  Status input_field(Input& input, size_t key, Value value);
  Status input_data(Input& input, Value value);
  Status input_parameters(Input& input, Value value);
  Result<Tensor> tensor_of(Input& input);
  Status output(Value value);
  Status output_parameters(Value value, std::optional<bool>& binary);
  Status too_many(std::string_view what, size_t count) const;

  const Limits& limits_;
  BinarySection& binary_;
  ParsedRequest& out_;
  size_t json_bytes_ = 0;
  TensorMemory memory_;
};

}  // namespace headrace::serve::http
