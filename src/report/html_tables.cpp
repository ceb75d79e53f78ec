// The tables of report.html: plain HTML, complete without JavaScript.
#include <algorithm>
#include <functional>

#include "report/figures.h"
#include "report/html_sections.h"
#include "report/html_text.h"

namespace headrace::reporting {
namespace {

// A column of figures: its name, its unit (empty: none), and the text of a cell.
struct Column {
  std::string name, unit;
  std::function<std::string(const Variant&)> cell;
};

std::string dash(const std::string& text) { return text.empty() || text == "-" ? "\xE2\x80\x93" : escape(text); }

// Wide tables scroll inside their own box, which the keyboard can reach.
std::string scrolling(const std::string& table, std::string_view label) {
  return element("div", table, "class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + escape(label) + "\"") + "\n";
}

// The words in a box of their own: it stays in sight while a wide table scrolls.
std::string caption_of(const std::string& text) { return element("caption", element("span", escape(text))); }

std::string head_row(const std::string& first, const std::vector<Column>& columns) {
  std::string row = element("th", escape(first), "scope=\"col\"");
  for (const Column& column : columns) {
    const std::string unit = column.unit.empty() ? "" : " " + element("span", escape(column.unit), "class=\"unit\"");
    row += element("th", escape(column.name) + unit, "scope=\"col\"");
  }
  return element("thead", element("tr", row));
}

std::string name_cell(const DeployReport& report, const Variant& variant) {
  const bool best = measured(variant) && variant.name == report.recommended;
  return element("th", breakable(variant.name) + (best ? " " + element("span", "recommended", "class=\"badge\"") : ""),
                 "scope=\"row\"");
}

std::string variant_row(const DeployReport& report, const Variant& variant, const std::vector<Column>& columns) {
  std::string row = name_cell(report, variant);
  if (measured(variant))
    for (const Column& column : columns) row += element("td", dash(column.cell(variant)));
  else row += element("td", "not measured", "class=\"failed\" colspan=\"" + std::to_string(columns.size()) + "\"");
  return element("tr", row, measured(variant) && variant.name == report.recommended ? "class=\"recommended\"" : "") + "\n";
}

std::string variants_table(const DeployReport& report, const std::string& caption, const std::vector<Column>& columns) {
  if (report.variants.empty()) return {};
  std::string body;
  for (const Variant& variant : report.variants) body += variant_row(report, variant, columns);
  return scrolling(
      element("table", caption_of(caption) + head_row("Version", columns) + element("tbody", body), "class=\"figures\""),
      caption);
}

std::string accuracy_name(const DeployReport& report) { return labelled(report) ? "Top-1" : "Agreement"; }

bool any(const DeployReport& report, std::optional<double> Variant::*member) {
  return std::any_of(report.variants.begin(), report.variants.end(), [&](const Variant& v) { return (v.*member).has_value(); });
}

std::vector<Column> latency_columns() {
  const auto of = [](double LatencySummary::*member) {
    return [member](const Variant& v) { return figure(v.latency_ms.*member); };
  };
  return {{"Min", "ms", of(&LatencySummary::min)},
          {"Median", "ms", of(&LatencySummary::median)},
          {"Mean", "ms", of(&LatencySummary::mean)},
          {"Std dev", "ms", of(&LatencySummary::stddev)},
          {"p90", "ms", of(&LatencySummary::p90)},
          {"p99", "ms", of(&LatencySummary::p99)},
          {"Max", "ms", of(&LatencySummary::max)},
          {"Runs", "", [](const Variant& v) { return std::to_string(v.latency_ms.count); }}};
}

std::vector<Column> set_up_columns(const DeployReport& report) {
  const std::string isa = report.isa;
  return {
      {"Engine", "", [](const Variant& v) { return v.engine_version.empty() ? v.engine : v.engine + " " + v.engine_version; }},
      {"Precision", "", [](const Variant& v) { return v.precision; }},
      {"ISA", "", [isa](const Variant& v) { return v.isa.empty() ? isa : v.isa; }},
      {"Threads", "", [](const Variant& v) { return std::to_string(v.threads); }},
      {"Batch", "", [](const Variant& v) { return std::to_string(v.batch); }},
      {"Exact INT8", "", [](const Variant& v) { return v.precision == "fp32" ? "-"
                                                       : v.exact             ? "yes"
                                                                             : "no"; }}};
}

std::string note_row(const std::string& name, const std::string& figure_text, const std::string& note) {
  return element("tr", element("th", breakable(name), "scope=\"row\"") + element("td", escape(figure_text)) +
                           element("td", escape(note), "class=\"text\"")) +
         "\n";
}

// Three columns: a name, a figure, and what there is to say about it.
std::string note_table(const std::string& caption, const std::string& head, const std::string& rows) {
  return scrolling(element("table", caption_of(caption) + element("thead", element("tr", head)) + element("tbody", rows)),
                   caption);
}

std::string head_cell(const std::string& name, std::string_view unit = {}, std::string_view css_class = {}) {
  const std::string shown = unit.empty() ? name : name + " " + element("span", unit, "class=\"unit\"");
  return element("th", shown,
                 "scope=\"col\"" + (css_class.empty() ? std::string() : " class=\"" + std::string(css_class) + "\""));
}

}  // namespace

std::string summary_table(const DeployReport& report) {
  std::vector<Column> columns = {{"Size", "MB", [](const Variant& v) { return megabytes(v.size_bytes); }},
                                 {"Size", "vs FP32", [&](const Variant& v) { return ratio(size_ratio(report, v)); }},
                                 {"Latency", "median, ms", [](const Variant& v) { return figure(v.latency_ms.median); }},
                                 {"Speed-up", "vs FP32", [&](const Variant& v) { return ratio(speed_up(report, v)); }},
                                 {"p99", "ms", [](const Variant& v) { return figure(v.latency_ms.p99); }},
                                 {"Throughput", "per s", [](const Variant& v) { return figure(v.throughput_per_s); }},
                                 {accuracy_name(report), "%", [&](const Variant& v) { return percent(accuracy(report, v)); }},
                                 {"Loss", "points", [&](const Variant& v) { return points(loss_points(report, v)); }}};
  if (!common(report, &Variant::batch))
    columns.insert(columns.begin(), {"Batch", "", [](const Variant& v) { return std::to_string(v.batch); }});
  if (!common(report, &Variant::threads))
    columns.insert(columns.begin(), {"Threads", "", [](const Variant& v) { return std::to_string(v.threads); }});
  if (!labelled(report)) columns.push_back({"SQNR", "dB", [](const Variant& v) { return figure(v.sqnr_db); }});
  const Variant* base = reference(report);
  return variants_table(report,
                        "What each version costs and what it buys" +
                            (base == nullptr ? "" : "; FP32 is \xE2\x80\x98" + base->name + "\xE2\x80\x99"),
                        columns);
}

std::string latency_table(const DeployReport& report) {
  return variants_table(report, "Latency of one run, and how it spreads", latency_columns());
}

std::string set_up_table(const DeployReport& report) {
  std::vector<Column> columns = set_up_columns(report);
  columns.push_back({"Peak memory", "MB", [](const Variant& v) { return megabytes(v.peak_rss_bytes); }});
  return variants_table(report, "Set-up and memory", columns);
}

std::string accuracy_table(const DeployReport& report) {
  if (!labelled(report)) return {};  // summary_table() has it all
  std::vector<Column> columns;
  if (any(report, &Variant::top1)) columns.push_back({"Top-1", "%", [](const Variant& v) { return percent(v.top1); }});
  if (any(report, &Variant::top5)) columns.push_back({"Top-5", "%", [](const Variant& v) { return percent(v.top5); }});
  columns.push_back({"Agreement", "%", [](const Variant& v) { return percent(v.agreement_top1); }});
  columns.push_back({"SQNR", "dB", [](const Variant& v) { return figure(v.sqnr_db); }});
  return variants_table(report, "Accuracy against the labels, and likeness to FP32", columns);
}

std::string steps_table(const DeployReport& report) {
  if (report.steps.empty()) return {};
  std::string rows;
  for (const StepTime& step : report.steps) rows += note_row(step.name, seconds(step.seconds), step.note);
  return note_table("Steps of the deployment, in order",
                    head_cell("Step") + head_cell("Time", "s") + head_cell("What it did", {}, "text"), rows);
}

std::string worst_layers_table(const DeployReport& report) {
  constexpr size_t kShown = 10;
  std::string rows;
  for (const LayerError* layer : worst_layers(report, kShown))
    rows += note_row(layer->node.empty() ? layer->tensor : layer->node, figure(layer->sqnr_db), layer->op_type);
  if (rows.empty()) return {};
  return note_table("The noisiest layers, worst first",
                    head_cell("Layer") + head_cell("SQNR", "dB") + head_cell("Op", {}, "text"), rows);
}

}  // namespace headrace::reporting
