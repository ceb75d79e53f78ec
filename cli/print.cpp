#include "print.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/text.h"

namespace headrace::cli {
namespace {

bool is_figure(const std::string& cell) { return cell.empty() || cell.find_first_of("0123456789") == 0 || cell[0] == '-'; }

}  // namespace

std::string printable(const std::string& text) { return reporting::printable(text); }

std::string table_text(const std::vector<std::vector<std::string>>& raw) {
  std::vector<std::vector<std::string>> rows = raw;
  for (auto& row : rows)
    for (std::string& cell : row) cell = printable(cell);
  std::vector<size_t> widths;
  std::vector<bool> right;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < rows[r].size(); ++c) {
      if (widths.size() <= c) widths.push_back(0), right.push_back(c > 0);
      widths[c] = std::max(widths[c], reporting::display_width(rows[r][c]));
      if (r > 0 && !is_figure(rows[r][c])) right[c] = false;
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - reporting::display_width(row[c]), ' ');
      line += (c > 0 ? "  " : "") + (right[c] ? padding + row[c] : row[c] + padding);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string scaled(double value, const char* unit) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T"};
  int prefix = 0;
  while (value >= 1000 && prefix < 4) value /= 1000, ++prefix;
  const int digits = prefix == 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  const std::string suffix = std::string(kPrefixes[prefix]) + unit;
  return fixed(value, digits) + (suffix.empty() ? "" : " ") + suffix;
}

std::string bytes_text(uint64_t bytes) { return scaled(static_cast<double>(bytes), "B"); }

std::string milliseconds(double value) { return fixed(value, value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0); }

std::string percent(double fraction) { return fixed(100 * fraction, 1) + " %"; }

std::string decibels(double value) { return std::isinf(value) ? "the same bits" : fixed(value, 1) + " dB"; }

}  // namespace headrace::cli
