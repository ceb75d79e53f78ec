// Activations inside the native engine: NHWC in one arena, each picture with a rim (halo) of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace headrace::native {

enum class Element { kU8, kF32 };
constexpr int size_of(Element element) { return element == Element::kU8 ? 1 : 4; }

// Real value = scale * (code - zero_point). Signed codes are kept as unsigned ones, 128 higher.
struct Quantisation {
  float scale = 1;
  int32_t zero_point = 0;
  bool operator==(const Quantisation&) const = default;
};

struct Extent {
  int n = 1, h = 1, w = 1, c = 1;
  bool operator==(const Extent&) const = default;
  int64_t elements() const { return int64_t{n} * h * w * c; }
};

// "2x56x56x64"
std::string to_string(const Extent& extent);

// Pixels of padding round each picture.
struct Halo {
  int top = 0, left = 0, bottom = 0, right = 0;
  bool operator==(const Halo&) const = default;
  bool none() const { return *this == Halo{}; }
};
Halo larger(const Halo& a, const Halo& b);

// Where a tensor lies. Distances are in bytes.
struct View {
  Extent extent;
  Element element = Element::kF32;
  Halo halo;
  ptrdiff_t offset = 0;  // of pixel (0, 0), channel 0 of the first picture, from the arena's base
  ptrdiff_t pixel = 0, row = 0, image = 0;

  std::byte* at(std::byte* base, int n, int y) const { return base + offset + n * image + y * row; }
  int row_bytes() const { return extent.w * extent.c * size_of(element); }
  // No gap between pixels and rows, so that a row (or a picture) is one run of elements.
  bool dense_row() const { return pixel == static_cast<ptrdiff_t>(extent.c) * size_of(element); }
};

// A tensor of its own at the arena's begin, pictures one behind the other.
View make_view(Element element, const Extent& extent, const Halo& halo);

}  // namespace headrace::native
