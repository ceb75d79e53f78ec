// Symbolic sizes. An archive writes them as sympy's srepr, "Mul(Integer(8), Symbol('s53', positive=True, integer=True))"; we keep
// the text a person would write, "8*s53", which serves as the dimension's name and tells equal sizes.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::pt2 {

// Texts that are not srepr (older archives: "8*s0") are kept as they are. Errors: unsupported beyond 64 levels of nesting.
Result<std::string> readable_expression(std::string_view text);

// Whether it is a symbol alone, and no computation.
bool is_symbol(std::string_view expression);

}  // namespace headrace::pt2
