// The page behind `GET /`: one self-contained HTML file, embedded.
#pragma once

#include <string_view>

namespace headrace::serve {

std::string_view dashboard_page();

}  // namespace headrace::serve
