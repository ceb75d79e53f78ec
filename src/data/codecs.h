// The picture formats behind decode_image(), one function and one library each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "data/preprocess.h"

namespace headrace {

// The most pixels a picture may have, decoded or resized: a few bytes of a file must not ask for all of the memory.
inline constexpr int64_t kMaxPixels = int64_t{1} << 27;

Result<Image> decode_jpeg(std::span<const std::byte> bytes);
Result<Image> decode_png(std::span<const std::byte> bytes);
// An image of this size whose pixels are still to be filled in. Errors: invalid_data beyond kMaxPixels.
Result<Image> blank_image(int64_t width, int64_t height);

}  // namespace headrace
