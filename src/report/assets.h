// The parts of report.html that are files at build time (see embed.cmake), as text.
#pragma once

#include <string_view>

namespace headrace::reporting {

extern const std::string_view template_html;  // the page, with {{placeholders}}
extern const std::string_view style_css;
extern const std::string_view charts_js;         // our plots
extern const std::string_view chart_library_js;  // Chart.js

}  // namespace headrace::reporting
