// Decoding and resizing against Pillow: tests/data/make_golden.py made the expectations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>
#include <cstdlib>

#include "base/mapped_file.h"
#include "data/npz.h"
#include "data/preprocess.h"
#include "support/paths.h"
#include "support/test_support.h"

namespace headrace {
namespace {
using testing::read_file;

const std::string kGolden = testing::test_data() + "/data/golden/";

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

int largest_difference(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  int largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST(Image, DecodesAndResizesAsPillowDoes) {
  const auto expected = read_npz(kGolden + "expected.npz");
  ASSERT_OK(expected);
  ASSERT_GT(expected->size(), 30u);
  for (const auto& [name, array] : *expected) {
    SCOPED_TRACE(name);
    const size_t bar = name.find('|');
    const auto image = decode_image(bytes_of(read_file(kGolden + name.substr(0, bar))));
    ASSERT_OK(image);
    const auto preprocess = parse_preprocess(name.substr(bar + 1));
    ASSERT_OK(preprocess);
    const auto tensor = apply_preprocess(*preprocess, *image, DType::kUint8);
    ASSERT_OK(tensor);
    ASSERT_EQ(tensor->dims(), array.dims());
    EXPECT_LE(largest_difference(tensor->as<uint8_t>(), array.as<uint8_t>()), 1);
  }
}

TEST(Image, ContentDecidesNotTheName) {
  const std::string jpeg = read_file(kGolden + "photo.jpg"), png = read_file(kGolden + "photo.png");
  EXPECT_EQ(decode_image(bytes_of(jpeg))->width, 31);
  EXPECT_EQ(decode_image(bytes_of(png))->height, 22);
  EXPECT_ERROR(decode_image({}), "the file is empty");
  EXPECT_ERROR(decode_image(bytes_of("GIF89a")), "neither a JPEG nor a PNG");
}

TEST(Image, EveryTruncatedFileIsAnError) {
  for (const char* name : {"photo.jpg", "progressive.jpg", "photo.png", "palette.png"}) {
    const std::string whole = read_file(kGolden + name);
    for (size_t size = 1; size < whole.size() - 2; size += 37) {
      SCOPED_TRACE(std::string(name) + " cut to " + std::to_string(size));
      const auto image = decode_image(bytes_of(whole.substr(0, size)));
      ASSERT_FALSE(image.ok());
      EXPECT_EQ(image.error().code, ErrorCode::kInvalidData);
    }
  }
}

// Interlaced, 16 bits a channel: what Pillow cannot write. The high byte of each sample counts up, the low one is noise.
std::string interlaced_16_bit_png(uint32_t width, uint32_t height) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  const auto append = [](png_structp self, png_bytep data, size_t size) {
    static_cast<std::string*>(png_get_io_ptr(self))->append(reinterpret_cast<const char*>(data), size);
  };
  png_set_write_fn(png, &file, append, [](png_structp) {});
  png_set_IHDR(png, info, width, height, 16, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_ADAM7, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  std::vector<uint8_t> samples(6 * width * height);
  for (size_t i = 0; i < samples.size(); i += 2)
    samples[i] = static_cast<uint8_t>(i / 2), samples[i + 1] = static_cast<uint8_t>(7 * i);
  std::vector<png_bytep> rows;
  for (uint32_t y = 0; y < height; ++y) rows.push_back(&samples[6 * width * y]);
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

TEST(Image, InterlacedPngOf16BitsKeepsTheHighBytes) {
  const auto image = decode_image(bytes_of(interlaced_16_bit_png(13, 9)));
  ASSERT_OK(image);
  ASSERT_EQ(image->rgb.size(), 3u * 13 * 9);
  for (size_t i = 0; i < image->rgb.size(); ++i) ASSERT_EQ(image->rgb[i], static_cast<uint8_t>(i)) << i;
}

TEST(Image, DamagedPixelsAreAnError) {
  std::string png = read_file(kGolden + "photo.png");
  png[png.find("IDAT") + 100] ^= 0x40;
  EXPECT_ERROR(decode_image(bytes_of(png)), "the PNG data is corrupt");
}

TEST(Image, ClaimOfAHugePictureIsRefusedBeforeAllocating) {
  std::string jpeg = read_file(kGolden + "photo.jpg");
  const size_t frame = jpeg.find("\xff\xc0");  // marker, length (2), precision (1), height (2), width (2)
  ASSERT_NE(frame, jpeg.npos);
  jpeg.replace(frame + 5, 4, "\xea\x60\xea\x60");
  EXPECT_ERROR(decode_image(bytes_of(jpeg)), "larger than the limit");
}

TEST(Image, ThinPictureThatWouldGrowTooLargeIsRefused) {
  const Image thin{1, 60000, std::vector<uint8_t>(3 * 60000)};
  EXPECT_ERROR(apply_preprocess(*parse_preprocess("imagenet"), thin), "larger than the limit");
}

}  // namespace
}  // namespace headrace
