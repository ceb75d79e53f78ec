// The load test as one page: the frame, style and plotting library of report.html (report/assets.h) around its own table and
// plots.
#include "load/report_json.h"
#include "report/assets.h"
#include "report/figures.h"
#include "report/html_text.h"

namespace headrace::reporting {
extern const std::string_view load_charts_js;  // html/load_charts.js
}

namespace headrace::load {
namespace {

using namespace reporting;

std::string name_of(const LevelResult& result) {
  const std::string load = result.level.open()
                               ? fixed(result.level.rate, result.level.rate < 10 ? 2 : 0) + " requests/s (open loop)"
                               : std::to_string(result.level.concurrency) + " at a time";
  return load + ", batch " + std::to_string(result.rows);
}

std::string head(const std::vector<std::pair<std::string, std::string>>& columns) {
  std::string cells;
  for (const auto& [name, unit] : columns)
    cells += element("th", escape(name) + (unit.empty() ? "" : " " + element("span", escape(unit), "class=\"unit\"")),
                     "scope=\"col\"");
  return element("thead", element("tr", cells));
}

std::string row(const LevelResult& result) {
  const Latency& ms = result.latency_ms;
  std::string cells = element("th", escape(name_of(result)), "scope=\"row\"");
  cells += element("td", fixed(result.requests_per_s, 1)) + element("td", fixed(result.rows_per_s, 1));
  for (const double value : {ms.p50, ms.p90, ms.p95, ms.p99, ms.p999, ms.max})
    cells += element("td", result.requests > 0 ? figure(value) : "\xE2\x80\x93");
  cells += element("td", std::to_string(result.failures)) + element("td", result.stable ? "yes" : "no");
  cells += element("td", result.server ? figure(result.server->queue_ms) : "\xE2\x80\x93");
  cells += element("td", result.server ? figure(result.server->compute_infer_ms) : "\xE2\x80\x93");
  cells += element("td", result.server ? fixed(result.server->batch_size, 1) : "\xE2\x80\x93");
  return element("tr", cells) + "\n";
}

std::string table(const LoadReport& report) {
  std::string rows;
  for (const LevelResult& result : report.results) rows += row(result);
  const std::string columns = head({{"Load", ""},
                                    {"Throughput", "requests/s"},
                                    {"Rows", "1/s"},
                                    {"p50", "ms"},
                                    {"p90", "ms"},
                                    {"p95", "ms"},
                                    {"p99", "ms"},
                                    {"p99.9", "ms"},
                                    {"Max", "ms"},
                                    {"Errors", ""},
                                    {"Stable", ""},
                                    {"Queue", "ms, server"},
                                    {"Compute", "ms, server"},
                                    {"Batch", "rows, server"}});
  return element("div", element("table", columns + element("tbody", rows), "class=\"figures\""),
                 "class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Results\"") +
         "\n";
}

std::string plot(const std::string& id, const std::string& title, const std::string& caption) {
  const std::string canvas =
      element("canvas", "", "id=\"" + id + "\" role=\"img\" aria-label=\"" + escape(title + ". " + caption) + "\"");
  return element("figure", element("h3", escape(title)) + element("div", canvas, "class=\"plot\"") +
                               element("figcaption", escape(caption))) +
         "\n";
}

std::string plots() {
  return element("noscript", element("p", "The plots need JavaScript. Their figures are in the table.", "class=\"reason\"")) +
         element("div",
                 plot("trade-off", "Latency against throughput",
                      "One point per load and percentile. A server at its limit gives no more throughput, only more latency.") +
                     plot("over-time", "Latency over time",
                          "Median (solid) and 99th percentile (dashed) of each window of about a second."),
                 "class=\"grid\"");
}

std::string section(const std::string& title, const std::string& content) {
  return content.empty() ? std::string() : element("section", element("h2", title) + "\n" + content) + "\n";
}

std::string scenario(const LoadReport& report) {
  if (!report.scenario) return {};
  const ScenarioResult& found = *report.scenario;
  const std::string value = found.valid ? figure(found.value) + " " + found.unit : "no valid figure";
  return element("div",
                 element("strong", escape(found.name + ": " + value)) +
                     element("p", escape(found.metric + (found.note.empty() ? "" : "; " + found.note)), "class=\"reason\"") +
                     element("p", "Named after MLPerf Inference's scenario; this is no certified run of it.", "class=\"reason\""),
                 "class=\"verdict\"");
}

std::string errors(const LoadReport& report) {
  std::string items;
  for (const LevelResult& result : report.results) {
    for (const auto& [name, counted] : result.faults)
      items +=
          element("li", escape(name_of(result) + ": " + std::to_string(counted.count) + " x " + name + ": " + counted.example)) +
          "\n";
    if (fell_behind(result))
      items +=
          element("li", escape(name_of(result) + ": the tester itself fell behind; these figures are not the server's")) + "\n";
  }
  return items.empty() ? items : element("ul", items);
}

std::string machine(const LoadReport& report) {
  const auto entry = [](const std::string& name, const std::string& value) {
    return value.empty() ? std::string() : element("div", element("dt", escape(name)) + element("dd", breakable(value)));
  };
  return element("dl",
                 entry("URL", report.url) + entry("Server", report.server_name + " " + report.server_version) +
                     entry("Platform", report.platform) + entry("Tensors", report.binary ? "binary" : "JSON") +
                     entry("Client's CPU", report.cpu_name),
                 "class=\"machine\"");
}

std::string method() {
  return element(
      "ul",
      element("li", "Closed loop (so many at a time): each client sends its next request when it has its answer.") +
          element("li",
                  "Open loop (requests/s): latency counts from the time a request was due, so that a stall is not hidden.") +
          element("li", "Latencies and throughput are of requests that were answered rightly; errors are counted apart.") +
          element("li", "Stable: the last three windows were within 10 % of their mean in throughput and median latency."));
}

}  // namespace

std::string to_html(const LoadReport& report) {
  const std::string json = json_of(report).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return substitute(template_html,
                    {{"title", escape(report.model) + ", load test"},
                     {"heading", breakable(report.model) + " under load"},
                     {"eyebrow", "Headrace load test"},
                     {"style", std::string(style_css)},
                     {"machine", machine(report)},
                     {"sections", scenario(report) + section("Results", table(report)) + section("Plots", plots()) +
                                      section("Errors", errors(report)) + section("How this was measured", method())},
                     {"data", json_in_script(json)},
                     {"chart_library", std::string(chart_library_js)},
                     {"script", std::string(load_charts_js)}});
}

}  // namespace headrace::load
