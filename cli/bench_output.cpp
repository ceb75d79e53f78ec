#include "bench_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/cpu.h"
#include "base/parallel.h"
#include "print.h"

namespace headrace::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string point_text(const BenchCase& point) {
  return point.model.filename().string() + " on " + point.engine + ", " + std::to_string(point.threads) +
         (point.threads == 1 ? " thread" : " threads") + ", batch " + std::to_string(point.batch) + ", " +
         std::to_string(point.clients) + (point.clients == 1 ? " client" : " clients") + ", " + std::to_string(point.sessions) +
         (point.sessions == 1 ? " session" : " sessions");
}

std::vector<std::string> row_of(const BenchResult& result, double first) {
  const BenchCase& point = result.point;
  return {point.model.filename().string(),
          point.engine,
          std::to_string(point.threads),
          std::to_string(point.batch),
          std::to_string(point.clients),
          milliseconds(result.latency_ms.median),
          milliseconds(result.latency_ms.p90),
          milliseconds(result.latency_ms.p99),
          milliseconds(result.latency_ms.min),
          fixed(result.throughput_per_s, 1),
          first > 0 ? fixed(result.throughput_per_s / first, 2) + "x" : "-",
          bytes_text(result.peak_rss_bytes)};
}

bool several_settings(const std::vector<BenchResult>& results) {
  std::set<std::vector<int>> settings;
  for (const BenchResult& result : results) settings.insert({result.point.threads, result.point.clients, result.point.sessions});
  return settings.size() > 1;
}

Json latency_json(const LatencySummary& latency) {
  return {{"median", latency.median}, {"p90", latency.p90},       {"p99", latency.p99},    {"min", latency.min},
          {"mean", latency.mean},     {"stddev", latency.stddev}, {"count", latency.count}};
}

Json result_json(const BenchResult& result) {
  const BenchCase& point = result.point;
  const bool failed = !result.error.empty();
  Json json = {{"model", point.model.string()}, {"engine", point.engine},   {"engine_version", result.engine_version},
               {"exact", result.exact},         {"isa", result.isa},        {"threads", point.threads},
               {"batch", point.batch},          {"clients", point.clients}, {"sessions", point.sessions}};
  json["latency_ms"] = failed ? Json(nullptr) : latency_json(result.latency_ms);
  json["round_min_ms"] = failed ? Json::array() : Json(result.round_min_ms);
  json["throughput_per_s"] = failed ? Json(nullptr) : Json(result.throughput_per_s);
  json["peak_rss_bytes"] = failed ? Json(nullptr) : Json(result.peak_rss_bytes);
  json["load_ms"] = failed ? Json(nullptr) : Json(result.load_ms);
  json["error"] = failed ? Json(result.error) : Json(nullptr);
  return json;
}

Json choices_json(const std::vector<BenchChoice>& choices) {
  Json list = Json::array();
  for (const auto& [point, choice] : choices) {
    Json json = Json::parse(to_json(choice));
    json.update(
        {{"model", point.model.string()}, {"threads", point.threads}, {"batch", point.batch}, {"clients", point.clients}});
    list.push_back(std::move(json));
  }
  return list;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

}  // namespace

std::string bench_table(const std::vector<BenchResult>& results) {
  std::vector<std::vector<std::string>> rows{{"model", "engine", "threads", "batch", "clients", "median ms", "p90 ms", "p99 ms",
                                              "min ms", "samples/s", "ratio", "peak memory"}};
  double first = 0;
  std::string failures;
  for (const BenchResult& result : results) {
    if (!result.error.empty()) {
      failures += "failed: " + printable(result.error) + "\n";  // it names the point
      continue;
    }
    if (first == 0) first = result.throughput_per_s;
    rows.push_back(row_of(result, first));
  }
  std::string text = cpu_info().name + ", " + isa_name(cpu_info()) + ", " + std::to_string(available_cpus()) + " CPUs usable\n";
  if (rows.size() > 1) text += table_text(rows);
  text += failures;
  const BenchResult* best = several_settings(results) ? recommend(results) : nullptr;
  if (best != nullptr) text += "recommended: " + point_text(best->point) + " (the most throughput at a p99 that stays low)\n";
  return text;
}

// Those that failed stand above already.
std::string choices_text(const std::vector<BenchChoice>& choices) {
  std::string text;
  for (const auto& [point, choice] : choices) {
    text += "auto: " + point_text(point) + ": " + printable(choice.reason) + "\n";
    for (const EngineFigures& candidate : choice.candidates)
      if (candidate.median_ms > 0 && !candidate.refused.empty())
        text += "  " + candidate.engine + " refused: " + printable(candidate.refused) + "\n";
  }
  return text;
}

std::string bench_json(const std::vector<BenchResult>& results, const std::vector<BenchChoice>& choices) {
  Json list = Json::array();
  for (const BenchResult& result : results) list.push_back(result_json(result));
  const BenchResult* best = recommend(results);
  Json json = {{"cpu", {{"name", cpu_info().name}, {"isa", isa_name(cpu_info())}, {"usable", available_cpus()}}},
               {"results", list}};
  json["recommended"] = best == nullptr ? Json(nullptr) : Json(best - results.data());
  if (!choices.empty()) json["auto"] = choices_json(choices);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string bench_csv(const std::vector<BenchResult>& results) {
  std::string text =
      "model,engine,engine_version,exact,isa,threads,batch,clients,sessions,median_ms,p90_ms,p99_ms,min_ms,throughput_per_s,peak_"
      "rss_bytes,error\n";
  for (const BenchResult& r : results) {
    const bool ok = r.error.empty();
    const auto figure = [&](double value) { return ok ? fixed(value, 4) : std::string(); };
    const std::vector<std::string> cells{r.point.model.string(),
                                         r.point.engine,
                                         r.engine_version,
                                         r.exact ? "true" : "false",
                                         r.isa,
                                         std::to_string(r.point.threads),
                                         std::to_string(r.point.batch),
                                         std::to_string(r.point.clients),
                                         std::to_string(r.point.sessions),
                                         figure(r.latency_ms.median),
                                         figure(r.latency_ms.p90),
                                         figure(r.latency_ms.p99),
                                         figure(r.latency_ms.min),
                                         figure(r.throughput_per_s),
                                         ok ? std::to_string(r.peak_rss_bytes) : std::string(),
                                         r.error};
    for (size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(cells[i]);
    text += "\n";
  }
  return text;
}

}  // namespace headrace::cli
