#include <turbojpeg.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "data/codecs.h"

namespace headrace {
namespace {

struct Destroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Decompressor = std::unique_ptr<void, Destroy>;

struct Header {
  int width = 0, height = 0, subsampling = 0, colorspace = 0;
};

Error corrupt(const Decompressor& decompressor) {
  return invalid_data(std::string("the JPEG data is corrupt: ") + tjGetErrorStr2(decompressor.get()));
}

// Oddities of the header that leave the picture whole. (The error code is no help: a warning makes it hide a fatal error behind
// it.)
bool is_harmless(std::string_view warning) {
  constexpr std::string_view kHarmless[] = {"Unknown Adobe color transform", "unknown JFIF revision", "Invalid SOS parameters"};
  return std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [&](std::string_view text) { return warning.find(text) != warning.npos; });
}

Status decompress(const Decompressor& decompressor, std::span<const std::byte> bytes, const Header& header, int format,
                  uint8_t* out) {
  // The accurate DCT and smooth upsampling are what training pipelines use; the limit on scans stops progressive bombs.
  constexpr int kFlags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  if (tjDecompress2(decompressor.get(), data, bytes.size(), out, header.width, 0, header.height, format, kFlags) == 0)
    return Ok{};
  if (is_harmless(tjGetErrorStr2(decompressor.get()))) return Ok{};
  return corrupt(decompressor);
}

// a * b / 255, rounded.
uint8_t multiply(int a, int b) { return static_cast<uint8_t>((a * b + 127) / 255); }

// Four-channel JPEGs follow Adobe's habit of storing 255 minus the ink.
void cmyk_to_rgb(std::span<const uint8_t> cmyk, std::span<uint8_t> rgb) {
  for (size_t pixel = 0; pixel < rgb.size() / 3; ++pixel) {
    const int light = cmyk[4 * pixel + 3];
    for (size_t c = 0; c < 3; ++c) rgb[3 * pixel + c] = static_cast<uint8_t>(light - multiply(255 - cmyk[4 * pixel + c], light));
  }
}

}  // namespace

Result<Image> decode_jpeg(std::span<const std::byte> bytes) {
  const Decompressor decompressor(tjInitDecompress());
  if (!decompressor) return internal_error("libjpeg-turbo has no memory for a decompressor");
  Header header;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  if (tjDecompressHeader3(decompressor.get(), data, bytes.size(), &header.width, &header.height, &header.subsampling,
                          &header.colorspace) != 0)
    return corrupt(decompressor);
  HEADRACE_TRY(Image image, blank_image(header.width, header.height));
  if (header.colorspace != TJCS_CMYK && header.colorspace != TJCS_YCCK) {
    HEADRACE_CHECK(decompress(decompressor, bytes, header, TJPF_RGB, image.rgb.data()));
    return image;
  }
  std::vector<uint8_t> cmyk(image.rgb.size() / 3 * 4);
  HEADRACE_CHECK(decompress(decompressor, bytes, header, TJPF_CMYK, cmyk.data()));
  cmyk_to_rgb(cmyk, image.rgb);
  return image;
}

}  // namespace headrace
