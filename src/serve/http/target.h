// The target of a request: path and query, percent-decoded and checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::serve::http {

// "%2F" and the like replaced; nullopt where a % is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

// The name of a model or version out of a segment of a path. Names become parts of paths on a disk further behind, so what could
// lead elsewhere is refused: `/`, `\`, `.` and `..`, control characters, text that is not UTF-8, more than 255 bytes.
Result<std::string> name_of_segment(std::string_view segment);

// The value of `key` in "a=1&key=2"; nullopt where it is not there. Not decoded: the values this server knows are numbers.
std::optional<std::string_view> query_value(std::string_view query, std::string_view key);

}  // namespace headrace::serve::http
