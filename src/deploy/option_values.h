// Option values to and from text: the one form in which flags, headrace.toml and the docs exchange them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace headrace {

// Errors: invalid_argument with the allowed range.
Result<int64_t> parse_integer(std::string_view text, int64_t low, int64_t high);
Result<double> parse_number(std::string_view text, double low, double high);
// "true" or "false".
Result<bool> parse_switch(std::string_view text);

// Items stand one a line where the text has a line break, and between commas otherwise: names may then hold commas.
std::vector<std::string> split_list(std::string_view text);
std::string join_list(std::span<const std::string> items);
Result<std::vector<int>> parse_integer_list(std::string_view text, int64_t low, int64_t high);
std::string join_integers(std::span<const int> items);
// The shortest text that parse_number() reads back as the same value.
std::string number_text(double value);

// The candidate with the smallest edit distance to `name`; empty when none is near enough to be a slip of the pen.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace headrace
