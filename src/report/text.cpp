#include "report/text.h"

#include <array>
#include <cstdint>

namespace headrace::reporting {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first, last;
};

template <size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t point) {
  for (const Range& range : ranges)
    if (point >= range.first && point <= range.last) return true;
  return false;
}

// Unicode 15: the blocks that matter in names; unassigned neighbours are counted with them.
constexpr std::array<Range, 8> kZeroWidth{{{0x300, 0x36F},
                                           {0x483, 0x489},
                                           {0x591, 0x5BD},
                                           {0x200B, 0x200D},
                                           {0x1AB0, 0x1AFF},
                                           {0x20D0, 0x20FF},
                                           {0xFE00, 0xFE0F},
                                           {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 9> kWide{{{0x1100, 0x115F},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};
// C0 and C1 controls, DEL, and what changes the direction of text.
constexpr std::array<Range, 5> kUnprintable{{{0, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};

int sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool is_scalar_of_length(char32_t point, int length) {
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  return point >= kSmallest[static_cast<size_t>(length)] && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
}

// The code point at `at`, which moves past it; a malformed byte is U+FFFD and one byte long.
char32_t next_point(std::string_view text, size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const int length = sequence_length(lead);
  const size_t start = at++;
  if (length == 0 || start + static_cast<size_t>(length) > text.size()) return kReplacement;
  if (length == 1) return lead;
  char32_t point = lead & (0x7Fu >> length);
  for (int i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[start + static_cast<size_t>(i)]);
    if ((byte & 0xC0) != 0x80) return kReplacement;
    point = (point << 6) | (byte & 0x3Fu);
  }
  if (!is_scalar_of_length(point, length)) return kReplacement;
  at = start + static_cast<size_t>(length);
  return point;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t point = next_point(text, at);
    if (point == U'\t' || point == U'\n' || point == U'\r') out += ' ';
    else if (point == kReplacement || contains(kUnprintable, point)) out += "\xEF\xBF\xBD";
    else out += text.substr(start, at - start);
  }
  return out;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const char32_t point = next_point(text, at);
    if (contains(kZeroWidth, point)) continue;
    width += contains(kWide, point) ? 2 : 1;
  }
  return width;
}

std::string pad_left(std::string_view text, size_t width) {
  const size_t taken = display_width(text);
  return std::string(taken < width ? width - taken : 0, ' ') + std::string(text);
}

std::string pad_right(std::string_view text, size_t width) {
  const size_t taken = display_width(text);
  return std::string(text) + std::string(taken < width ? width - taken : 0, ' ');
}

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    if (word.empty()) continue;
    if (lines.empty() || display_width(lines.back()) + 1 + display_width(word) > width) lines.emplace_back(word);
    else lines.back().append(" ").append(word);
  }
  return lines;
}

}  // namespace headrace::reporting
