// report.html: the page's frame (html/template.html) with the sections put in. The charts' script reads the report from the page
// itself.
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

// A part of the page under its heading; nothing when there is nothing to put there.
std::string section(const std::string& id, const std::string& title, const std::string& content) {
  if (content.empty()) return {};
  return element("section", "\n" + element("h2", title, "id=\"" + id + "\"") + "\n" + content + "\n",
                 "aria-labelledby=\"" + id + "\"") +
         "\n";
}

std::string plots(const DeployReport& report) {
  const std::string figures = charts(report);
  if (figures.empty()) return {};
  return element("noscript", element("p", "The plots need JavaScript. Their figures are in the tables.", "class=\"reason\"")) +
         element("div", figures, "class=\"grid\"");
}

std::string details(const DeployReport& report) {
  const std::string pair = worst_layers_table(report) + steps_table(report);
  return latency_table(report) + accuracy_table(report) + set_up_table(report) +
         (pair.empty() ? pair : element("div", pair, "class=\"pair\""));
}

std::string sections(const DeployReport& report) {
  return section("outcome", "Outcome", verdict(report) + summary_table(report)) + notices(report) +
         section("plots", "Plots", plots(report)) + section("details", "Figures", details(report)) +
         section("quantisation", "Quantisation", quantization(report)) +
         section("method", "How this was measured", method(report));
}

}  // namespace

std::string to_html(const DeployReport& report) {
  return substitute(template_html, {{"title", escape(report.model)},
                                    {"heading", breakable(report.model)},
                                    {"eyebrow", "Headrace deployment report"},
                                    {"style", std::string(style_css)},
                                    {"machine", machine_line(report)},
                                    {"sections", sections(report)},
                                    {"data", embedded_json(report)},
                                    {"chart_library", std::string(chart_library_js)},
                                    {"script", std::string(charts_js)}});
}

}  // namespace headrace
