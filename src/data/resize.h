// Resampling of 8-bit pictures as Pillow does it: by convolution, the filter widened when shrinking (so that nothing aliases),
// first along rows, then along columns, each pass rounded to 8 bits. Training code resizes with Pillow, and a model sees the
// difference.
#pragma once

#include "base/error.h"
#include "data/preprocess.h"

namespace headrace {

// Errors: invalid_data when the result would be too large.
Result<Image> resize_image(const Image& image, int64_t width, int64_t height, Interpolation interpolation);

// The shorter side becomes `size`, the other int(size * long / short), as torchvision's Resize does.
Result<Image> resize_shorter_side(const Image& image, int size, Interpolation interpolation);

// The centre square of `size`, as torchvision's CenterCrop cuts it; zeros where the picture is smaller.
Result<Image> crop_centre(const Image& image, int size);

}  // namespace headrace
