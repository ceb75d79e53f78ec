#include "load_output.h"

#include <vector>

#include "print.h"

namespace headrace::cli {
namespace {

using load::LevelResult;

std::string load_name(const LevelResult& result) {
  if (!result.level.open()) return std::to_string(result.level.concurrency) + " at a time";
  return fixed(result.level.rate, result.level.rate < 10 ? 2 : result.level.rate < 1000 ? 1 : 0) + "/s";
}

std::vector<std::string> row_of(const LevelResult& result) {
  const load::Latency& ms = result.latency_ms;
  std::vector<std::string> row{load_name(result), std::to_string(result.rows), fixed(result.requests_per_s, 1),
                               fixed(result.rows_per_s, 1)};
  for (const double value : {ms.p50, ms.p90, ms.p95, ms.p99, ms.p999, ms.max})
    row.push_back(result.requests > 0 ? milliseconds(value) : "-");
  row.push_back(std::to_string(result.failures));
  row.emplace_back(result.stable ? "yes" : "no");
  const auto& server = result.server;
  row.push_back(server ? milliseconds(server->queue_ms) : "-");
  row.push_back(server ? milliseconds(server->compute_input_ms + server->compute_infer_ms + server->compute_output_ms) : "-");
  row.push_back(server ? fixed(server->batch_size, 1) : "-");
  row.push_back(result.server_resident_bytes ? bytes_text(*result.server_resident_bytes) : "-");
  return row;
}

std::string faults_text(const LevelResult& result) {
  std::string text;
  for (const auto& [name, counted] : result.faults)
    text += "errors: " + load_name(result) + ", batch " + std::to_string(result.rows) + ": " + std::to_string(counted.count) +
            " x " + name + " (" + printable(counted.example) + ")\n";
  return text;
}

std::string lateness_text(const LevelResult& result) {
  if (fell_behind(result))
    return "warning: " + load_name(result) + ": the tester itself fell behind (" + std::to_string(result.lateness.overslept) +
           " requests left late, the worst by " + milliseconds(static_cast<double>(result.lateness.worst_ns) / 1e6) +
           " ms): these figures are not the server's\n";
  if (result.lateness.unconnected == 0) return {};
  return "late: " + load_name(result) + ": " + std::to_string(result.lateness.unconnected) + " requests had to wait for one of " +
         std::to_string(result.connections) + " connections; their latency counts it\n";
}

std::string scenario_text(const load::ScenarioResult& scenario) {
  const std::string value =
      scenario.valid ? fixed(scenario.value, scenario.value < 10 ? 3 : 1) + " " + scenario.unit : "no valid figure";
  return scenario.name + " (no certified run): " + scenario.metric + " " + value +
         (scenario.note.empty() ? "" : " (" + printable(scenario.note) + ")") + "\n";
}

}  // namespace

std::string load_table(const load::LoadReport& report) {
  std::vector<std::vector<std::string>> rows{{"load", "batch", "requests/s", "rows/s", "p50 ms", "p90 ms", "p95 ms", "p99 ms",
                                              "p99.9 ms", "max ms", "errors", "stable", "queue ms", "compute ms", "batched",
                                              "memory"}};
  std::string notes;
  for (const LevelResult& result : report.results) {
    rows.push_back(row_of(result));
    notes += faults_text(result) + lateness_text(result);
  }
  const std::string server =
      report.server_name.empty() ? std::string("server") : report.server_name + " " + report.server_version;
  return printable(report.model + " on " + server + " at " + report.url + ", " + (report.binary ? "binary" : "JSON") +
                   " tensors") +
         "\n" + table_text(rows) + notes + (report.scenario ? scenario_text(*report.scenario) : "");
}

}  // namespace headrace::cli
