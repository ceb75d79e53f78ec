#include "load/report_json.h"

namespace headrace::load {
namespace {

using Json = nlohmann::ordered_json;

Json latency_json(const Latency& latency) {
  return {{"p50", latency.p50},    {"p90", latency.p90}, {"p95", latency.p95}, {"p99", latency.p99},
          {"p99.9", latency.p999}, {"min", latency.min}, {"max", latency.max}, {"mean", latency.mean}};
}

Json faults_json(const FaultCounts& faults) {
  Json json = Json::object();
  for (const auto& [name, counted] : faults) json[name] = {{"count", counted.count}, {"example", counted.example}};
  return json;
}

Json windows_json(const std::vector<Window>& windows) {
  Json list = Json::array();
  for (const Window& window : windows)
    list.push_back({{"at_s", window.at},
                    {"seconds", window.seconds},
                    {"requests", window.requests},
                    {"errors", window.failures},
                    {"requests_per_s", window.requests_per_s},
                    {"median_ms", window.median_ms},
                    {"p99_ms", window.p99_ms}});
  return list;
}

Json split_json(const std::optional<ServerSplit>& split) {
  if (!split) return nullptr;
  return {{"queue_ms", split->queue_ms},
          {"compute_input_ms", split->compute_input_ms},
          {"compute_infer_ms", split->compute_infer_ms},
          {"compute_output_ms", split->compute_output_ms},
          {"batch_size", split->batch_size}};
}

// Of open loops; null of closed ones, which are never late.
Json lateness_json(const LevelResult& result) {
  if (!result.level.open()) return nullptr;
  return {{"tester_late", result.lateness.overslept},
          {"waited_for_connection", result.lateness.unconnected},
          {"worst_ms", static_cast<double>(result.lateness.worst_ns) / 1e6},
          {"tester_fell_behind", fell_behind(result)}};
}

Json result_json(const LevelResult& result) {
  const bool open = result.level.open();
  const bool any = result.requests > 0;
  Json json = {{"mode", open ? "open" : "closed"}};
  json["concurrency"] = open ? Json(nullptr) : Json(result.level.concurrency);
  json["rate_per_s"] = open ? Json(result.level.rate) : Json(nullptr);
  json["batch"] = result.rows;
  json["seconds"] = result.seconds;
  json["stable"] = result.stable;
  json["requests"] = result.requests;
  json["requests_per_s"] = result.requests_per_s;
  json["rows_per_s"] = result.rows_per_s;
  json["latency_ms"] = any ? latency_json(result.latency_ms) : Json(nullptr);
  json["error_count"] = result.failures;
  json["errors"] = faults_json(result.faults);
  json["server_ms"] = split_json(result.server);
  json["server_resident_bytes"] = result.server_resident_bytes ? Json(*result.server_resident_bytes) : Json(nullptr);
  json["late_starts"] = lateness_json(result);
  json["in_time_share"] = result.in_time_share;
  json["connections"] = result.connections;
  json["client_cpus"] = result.client_cpus;
  json["windows"] = windows_json(result.windows);
  return json;
}

Json scenario_json(const std::optional<ScenarioResult>& scenario) {
  if (!scenario) return nullptr;
  return {{"name", scenario->name},   {"metric", scenario->metric},
          {"unit", scenario->unit},   {"value", scenario->valid ? Json(scenario->value) : Json(nullptr)},
          {"valid", scenario->valid}, {"note", scenario->note}};
}

}  // namespace

nlohmann::ordered_json json_of(const LoadReport& report) {
  Json results = Json::array();
  for (const LevelResult& result : report.results) results.push_back(result_json(result));
  return {{"url", report.url},
          {"server", {{"name", report.server_name}, {"version", report.server_version}}},
          {"model", report.model},
          {"model_version", report.model_version.empty() ? Json(nullptr) : Json(report.model_version)},
          {"platform", report.platform},
          {"tensors", report.binary ? "binary" : "json"},
          {"client_cpu", report.cpu_name},
          {"scenario", scenario_json(report.scenario)},
          {"results", results}};
}

std::string to_json(const LoadReport& report) {
  return json_of(report).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace headrace::load
