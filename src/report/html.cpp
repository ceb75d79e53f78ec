// report.html: the page's frame (html/template.html) with the sections put in. The charts' script reads the report from the page itself.
#include <nlohmann/json.hpp>

#include "report/assets.h"
#include "report/html_sections.h"
#include "report/html_text.h"
#include "report/pretty_json.h"
#include "report/report.h"

namespace headrace {
namespace {

using namespace reporting;

std::string embedded_json(const DeployReport& report) {
  return json_in_script(json_of(report).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

std::string details(const DeployReport& report) {
  return latency_table(report) + accuracy_table(report) + set_up_table(report) + element("div", worst_layers_table(report) + steps_table(report), "class=\"pair\"");
}

}  // namespace

std::string to_html(const DeployReport& report) {
  return substitute(template_html, {{"title", escape(report.model)},
                                    {"style", std::string(style_css)},
                                    {"machine", machine_line(report)},
                                    {"verdict", verdict(report)},
                                    {"summary", summary_table(report)},
                                    {"notices", notices(report)},
                                    {"charts", charts(report)},
                                    {"details", details(report)},
                                    {"quantization", quantization(report)},
                                    {"method", method(report)},
                                    {"data", embedded_json(report)},
                                    {"chart_library", std::string(chart_library_js)},
                                    {"script", std::string(charts_js)}});
}

}  // namespace headrace
