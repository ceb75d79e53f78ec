#include <algorithm>
#include <array>

#include "data/codecs.h"

namespace headrace {
namespace {

constexpr std::array<uint8_t, 3> kJpegMagic{0xff, 0xd8, 0xff};
constexpr std::array<uint8_t, 8> kPngMagic{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool starts_with(std::span<const std::byte> bytes, std::span<const uint8_t> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin(),
                                                    [](uint8_t a, std::byte b) { return a == std::to_integer<uint8_t>(b); });
}

}  // namespace

Result<Image> blank_image(int64_t width, int64_t height) {
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width <= 0 || height <= 0) return invalid_data("the picture is empty (" + size + ")");
  if (width > kMaxPixels / height)
    return invalid_data("a picture of " + size + " is larger than the limit of " + std::to_string(kMaxPixels) + " pixels");
  Image image{static_cast<int>(width), static_cast<int>(height), {}};
  image.rgb.resize(static_cast<size_t>(3 * width * height));
  return image;
}

Result<Image> decode_image(std::span<const std::byte> bytes) {
  if (bytes.empty()) return invalid_data("the file is empty");
  if (starts_with(bytes, kJpegMagic)) return decode_jpeg(bytes);
  if (starts_with(bytes, kPngMagic)) return decode_png(bytes);
  return invalid_data("this is neither a JPEG nor a PNG file (its first bytes are of no such file)");
}

}  // namespace headrace
