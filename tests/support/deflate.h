// What clients compress with zlib.
#pragma once

#include <string>
#include <string_view>

namespace headrace::testing {

// In gzip's form (window bits 31), zlib's (15) or with no form of its own (-15).
std::string deflated(std::string_view text, int window_bits);

}  // namespace headrace::testing
