#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>

#include "data/codecs.h"

namespace headrace {
namespace {

// libpng reports errors by longjmp, which runs no destructors: everything with one lives here, outside the functions that it
// leaves.
struct Decoder {
  std::span<const std::byte> rest;
  std::string error;
  Image image;
  std::vector<png_bytep> rows;
  png_structp png = nullptr;
  png_infop info = nullptr;

  explicit Decoder(std::span<const std::byte> bytes) : rest(bytes) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  static_cast<Decoder*>(png_get_error_ptr(png))->error = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}  // the default prints

void read_bytes(png_structp png, png_bytep out, size_t count) {
  auto& decoder = *static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > decoder.rest.size()) png_error(png, "the file ends early");
  std::memcpy(out, decoder.rest.data(), count);
  decoder.rest = decoder.rest.subspan(count);
}

// Whatever the file holds becomes 8-bit RGB: 16 bits lose the low byte, alpha is dropped, gamma is left alone.
void ask_for_rgb(png_structp png, png_infop info) {
  png_set_strip_16(png);
  png_set_palette_to_rgb(png);
  if (png_get_bit_depth(png, info) < 8 && png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY)
    png_set_expand_gray_1_2_4_to_8(png);
  png_set_gray_to_rgb(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

bool read_header(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png))) return false;
  png_read_info(decoder.png, decoder.info);
  ask_for_rgb(decoder.png, decoder.info);
  return true;
}

bool read_pixels(Decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png))) return false;
  png_read_image(decoder.png, decoder.rows.data());
  png_read_end(decoder.png, nullptr);
  return true;
}

Error corrupt(const Decoder& decoder) { return invalid_data("the PNG data is corrupt: " + decoder.error); }

}  // namespace

Result<Image> decode_png(std::span<const std::byte> bytes) {
  Decoder decoder(bytes);
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  if (decoder.info == nullptr) return internal_error("libpng cannot start: " + decoder.error);
  png_set_read_fn(decoder.png, &decoder, read_bytes);
  png_set_benign_errors(decoder.png, 1);
  png_set_user_limits(decoder.png, 1 << 20, 1 << 20);
  if (!read_header(decoder)) return corrupt(decoder);
  const int64_t width = png_get_image_width(decoder.png, decoder.info), height = png_get_image_height(decoder.png, decoder.info);
  if (png_get_rowbytes(decoder.png, decoder.info) != static_cast<size_t>(3 * width))
    return internal_error("libpng does not give 8-bit RGB for this file");
  HEADRACE_TRY(decoder.image, blank_image(width, height));
  for (int64_t y = 0; y < height; ++y) decoder.rows.push_back(decoder.image.rgb.data() + 3 * width * y);
  if (!read_pixels(decoder)) return corrupt(decoder);
  return std::move(decoder.image);
}

}  // namespace headrace
