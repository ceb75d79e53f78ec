// A convolution's weights, packed for one of the ways to compute it.
#pragma once

#include <functional>
#include <variant>

#include "base/error.h"
#include "kernels/pack.h"
#include "kernels/winograd_layer.h"

namespace headrace::native {

// Winograd's tiles are 4x4 or 2x2 outputs.
enum class ConvWay { kDirect, kWinograd4, kWinograd2 };

using ConvPacking = std::variant<kernels::PackedConv, kernels::WinogradLayer>;
// Packs the layer's weights, which it holds, for a way. Errors: unsupported where a way does not fit the weights.
using ConvPacker = std::function<Result<ConvPacking>(ConvWay)>;

// The bytes that a run reads.
std::span<const std::byte> weights_of(const ConvPacking& packing);

}  // namespace headrace::native
