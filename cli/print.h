// Text for people: aligned tables and figures with units.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headrace::cli {

// Names from outside made safe to print: no control characters.
std::string printable(const std::string& text);

// The first row is the header. The first column is aligned left, columns of figures right.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

std::string bytes_text(uint64_t bytes);              // "97.8 MB" (10^6 bytes)
std::string fixed(double value, int digits);         // "12.34"
std::string milliseconds(double value);              // three significant digits, without the unit
std::string percent(double fraction);                // "86.2 %"
std::string decibels(double value);                  // "15.7 dB", "the same bits"
std::string scaled(double value, const char* unit);  // "4.09 G" + unit

}  // namespace headrace::cli
