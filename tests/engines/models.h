// Small models for the engine tests.
#pragma once

#include <string>

#include "engines/engine.h"
#include "support/test_support.h"

namespace headrace::testing {

// The model in ONNX's bytes.
std::string bytes_of(const Model& model);

// y[N, 2] = x[N, 3] * w + b, with w = {{1, 2}, {3, 4}, {5, 6}} and b = {10, 20}.
Model gemm_model();
// y[N, 4, 6, 6] = Relu(Conv(x[N, 3, 8, 8], random weights)).
Model conv_model();
// A quantised 3x3 convolution over 16 channels, all weights 127: inputs of 255 saturate vpmaddubsw in every pair.
Model saturating_model();

Result<std::unique_ptr<Session>> load_bytes(std::string_view engine, const std::string& bytes,
                                            const SessionOptions& options = {});

}  // namespace headrace::testing
