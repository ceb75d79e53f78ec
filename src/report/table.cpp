// The user's table for a terminal, at most 100 columns wide (but for names and words that are longer by themselves).
#include <algorithm>
#include <array>

#include "report/figures.h"
#include "report/report.h"
#include "report/text.h"

namespace headrace {
namespace {

using namespace reporting;

constexpr size_t kWidth = 100;
constexpr size_t kMark = 2;  // "* " in front of the recommended row
constexpr size_t kGap = 2;

struct Column {
  std::string head, unit;
  std::vector<std::string> cells;  // one per measured variant
  size_t width = 0;
};

class Table {
 public:
  explicit Table(const DeployReport& report) : report_(report) {
    for (const Variant& variant : report.variants)
      if (measured(variant)) rows_.push_back(&variant);
  }

  template <typename Cell>
  void add(std::string head, std::string unit, Cell cell) {
    Column column{std::move(head), std::move(unit), {}, 0};
    column.width = std::max(display_width(column.head), display_width(column.unit));
    for (const Variant* row : rows_) {
      column.cells.push_back(cell(*row));
      column.width = std::max(column.width, display_width(column.cells.back()));
    }
    columns_.push_back(std::move(column));
  }

  std::string text() const {
    const size_t names = name_width();
    std::string out = "  " + pad_right("version", names) + line([](const Column& c) { return c.head; });
    out += "  " + pad_right("", names) + line([](const Column& c) { return c.unit; });
    for (size_t i = 0; i < rows_.size(); ++i) {
      const std::string name = (rows_[i]->name == report_.recommended ? "* " : "  ") + printable(rows_[i]->name);
      const bool fits = display_width(name) <= kMark + names;
      if (!fits) out += name + "\n";  // a long name takes a line of its own, its figures the next
      out += pad_right(fits ? name : "", kMark + names) + line([i](const Column& c) { return c.cells[i]; });
    }
    return out;
  }

 private:
  size_t name_width() const {
    size_t taken = kMark, longest = display_width("version");
    for (const Column& column : columns_) taken += kGap + column.width;
    for (const Variant* row : rows_) longest = std::max(longest, display_width(printable(row->name)));
    return std::min(longest, kWidth - std::min(taken, kWidth - 8));
  }

  template <typename Text>
  std::string line(Text text) const {
    std::string out;
    for (const Column& column : columns_) out += std::string(kGap, ' ') + pad_left(text(column), column.width);
    return out + "\n";
  }

  const DeployReport& report_;
  std::vector<const Variant*> rows_;
  std::vector<Column> columns_;
};

void add_accuracy(const DeployReport& report, Table& table) {
  table.add(labelled(report) ? "top-1" : "agree", "%", [&](const Variant& v) { return percent(accuracy(report, v)); });
  if (!labelled(report)) table.add("SQNR", "dB", [](const Variant& v) { return v.sqnr_db ? figure(*v.sqnr_db) : "-"; });
  table.add("loss", "points", [&](const Variant& v) { return points(loss_points(report, v)); });
}

std::string variants_table(const DeployReport& report) {
  Table table(report);
  if (!common(report, &Variant::threads)) table.add("threads", "", [](const Variant& v) { return std::to_string(v.threads); });
  if (!common(report, &Variant::batch)) table.add("batch", "", [](const Variant& v) { return std::to_string(v.batch); });
  table.add("size", "MB", [](const Variant& v) { return megabytes(v.size_bytes); });
  table.add("latency", "ms", [](const Variant& v) { return figure(v.latency_ms.median); });
  table.add("p99", "ms", [](const Variant& v) { return figure(v.latency_ms.p99); });
  table.add("throughput", "per s", [](const Variant& v) { return figure(v.throughput_per_s); });
  add_accuracy(report, table);
  table.add("speed-up", "vs FP32", [&](const Variant& v) { return ratio(speed_up(report, v)); });
  table.add("size", "vs FP32", [&](const Variant& v) { return ratio(size_ratio(report, v)); });
  return table.text();
}

// `text` in lines of at most kWidth columns, those after the first indented.
std::string paragraph(const std::string& text, size_t indent = 2) {
  std::string out;
  for (const std::string& line : wrap(printable(text), kWidth - indent))
    out += (out.empty() ? "" : std::string(indent, ' ')) + line + "\n";
  return out;
}

std::string heading(const DeployReport& report) {
  std::string text =
      report.model + " on " + report.cpu_name + ", " + report.isa + ", " + counted(static_cast<size_t>(report.cpus), "CPU");
  const std::string setting = common_setting(report);
  return paragraph(setting.empty() ? text : text + "; " + setting);
}

std::string legend(const DeployReport& report) {
  const Variant* base = reference(report);
  if (base == nullptr || report.evaluation_samples == 0) return "latency: median of one run.\n";
  const std::string count = counted(report.evaluation_samples, "sample");
  const std::string what = labelled(report) ? "loss: top-1 lost against '" + base->name + "', " + count
                                            : "agree: answers (top-1) that are those of '" + base->name + "', of " + count +
                                                  "; loss: the others; SQNR: of the outputs";
  return paragraph("latency: median of one run; " + what + ".");
}

std::string failures(const DeployReport& report) {
  std::string out;
  for (const Variant& variant : report.variants)
    if (!measured(variant)) out += paragraph("not measured: " + variant.name + ": " + variant.error);
  return out;
}

std::string recommendation(const DeployReport& report) {
  if (report.recommended.empty()) return {};
  const std::string reason = report.recommended_reason.empty() ? "" : ": " + report.recommended_reason;
  return paragraph("* recommended: " + report.recommended + reason);
}

std::string engine(const DeployReport& report) {
  std::string out;
  if (report.engine_choice)
    for (const std::string& line : choice_lines(*report.engine_choice)) out += paragraph((out.empty() ? "" : "  ") + line, 4);
  return out;
}

}  // namespace

std::string to_table(const DeployReport& report) {
  const bool any = std::any_of(report.variants.begin(), report.variants.end(), measured);
  std::string out = heading(report) + "\n";
  out +=
      any ? variants_table(report) + "\n" + recommendation(report) + engine(report) + legend(report) : "Nothing was measured.\n";
  out += failures(report);
  for (const std::string& warning : report.warnings) out += paragraph("warning: " + warning);
  return out;
}

}  // namespace headrace
