// Text from outside (model, layer and engine names, error messages) made safe to show, and measured in terminal columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headrace::reporting {

// Valid UTF-8 without control characters or direction overrides: each offender becomes U+FFFD, a tab or line end a space. What a
// terminal gets cannot move its cursor, and what a reader sees is the order of the characters.
std::string printable(std::string_view text);

// Columns that printable text takes in a terminal: 0 for combining marks, 2 for East Asian wide characters and emoji, 1
// otherwise.
size_t display_width(std::string_view printable_text);

std::string pad_left(std::string_view text, size_t width);
std::string pad_right(std::string_view text, size_t width);

// Breaks at spaces into lines of at most `width` columns; a longer word stands alone on its line.
std::vector<std::string> wrap(std::string_view text, size_t width);

}  // namespace headrace::reporting
