// The page at `/`: live figures of the server and a form to try a model with a picture. One self-contained HTML text, made while
// building from the files in html/ and Chart.js (see assemble.cmake). It holds no secret and no figure: it asks this server's
// /metrics, /v2, /v2/repository/index and /v2/models/M/picture, with a token that its user types where the server wants one. A
// browser cannot send a bearer token when it opens a page, so the page itself must be open to everybody (Scope::kOpen).
#pragma once

#include <string_view>

namespace headrace::serve {

std::string_view dashboard_page();

// For the header Content-Security-Policy: the page's own two scripts and style by their hashes, this server, and nothing else.
// The page carries the same as a meta element, but for frame-ancestors, which is valid in the header alone.
std::string_view dashboard_policy();

}  // namespace headrace::serve
