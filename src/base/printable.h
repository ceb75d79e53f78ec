// Text out of a file, as a message may show it.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// `text` with every byte outside printable ASCII as \xNN, cut to `limit` bytes of it with "..." behind: what a file holds shall
// neither steer the terminal that prints it nor flood it.
std::string printable(std::string_view text, size_t limit = 200);

}  // namespace headrace
