// report.json, written. See report.h for its fields and parse.cpp for the way back.
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/figures.h"
#include "report/pretty_json.h"
#include "report/report.h"

namespace headrace {
namespace reporting {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no NaN and no infinity.
Json number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

Json latency(const Variant& variant) {
  const LatencySummary& l = variant.latency_ms;
  Json out = {{"median", number(l.median)}, {"p90", number(l.p90)},   {"p99", number(l.p99)},       {"min", number(l.min)},
              {"max", number(l.max)},       {"mean", number(l.mean)}, {"stddev", number(l.stddev)}, {"count", l.count}};
  if (!measured(variant))  // zeros would read as measurements
    for (const char* key : {"median", "p90", "p99", "min", "max", "mean", "stddev"}) out[key] = nullptr;
  return out;
}

Json samples(const std::vector<double>& milliseconds) {
  Json out = Json::array();
  for (const double value : milliseconds) out.push_back(number(value));
  return out;
}

Json variant_json(const Variant& v) {
  return {{"name", v.name},
          {"precision", v.precision},
          {"engine", v.engine},
          {"engine_version", v.engine_version},
          {"isa", v.isa},
          {"exact", v.exact},
          {"size_bytes", v.size_bytes},
          {"threads", v.threads},
          {"batch", v.batch},
          {"latency_ms", latency(v)},
          {"throughput_per_s", measured(v) ? number(v.throughput_per_s) : Json(nullptr)},
          {"peak_rss_bytes", v.peak_rss_bytes},
          {"accuracy",
           {{"top1", number(v.top1)},
            {"top5", number(v.top5)},
            {"agreement_top1", number(v.agreement_top1)},
            {"sqnr_db", number(v.sqnr_db)}}},
          {"error", measured(v) ? Json(nullptr) : Json(v.error)},
          {"samples_ms", samples(v.samples_ms)}};
}

Json layer_error(const LayerError& e) {
  return {{"node", e.node}, {"op_type", e.op_type}, {"tensor", e.tensor}, {"sqnr_db", number(e.sqnr_db)}};
}

Json step(const StepTime& s) { return {{"name", s.name}, {"seconds", number(s.seconds)}, {"note", s.note}}; }

Json layer_note(const LayerNote& n) {
  return {{"node", n.node},
          {"op_type", n.op_type},
          {"scale_growth", number(n.scale_growth)},
          {"weight_sqnr_db", number(n.weight_sqnr_db)}};
}

template <typename T, typename Convert>
Json list(const std::vector<T>& values, Convert convert) {
  Json out = Json::array();
  for (const T& value : values) out.push_back(convert(value));
  return out;
}

Json quantization(const QuantReport& q) {
  return {{"samples", q.samples},
          {"quantized_nodes", q.quantized_nodes},
          {"float_nodes", q.float_nodes},
          {"seconds_inference", number(q.seconds_inference)},
          {"seconds_total", number(q.seconds_total)},
          {"kept_float", Json(q.kept_float)},
          {"layers", list(q.layers, layer_note)},
          {"warnings", Json(q.warnings)}};
}

}  // namespace

Json json_of(const DeployReport& r) {
  return {{"model", r.model},
          {"cpu", {{"name", r.cpu_name}, {"isa", r.isa}}},
          {"cpus", r.cpus},
          {"headrace_version", r.headrace_version},
          {"created", r.created},
          {"recommended", r.recommended},
          {"recommended_reason", r.recommended_reason},
          {"calibration_samples", r.calibration_samples},
          {"evaluation_samples", r.evaluation_samples},
          {"engine_choice", r.engine_choice ? Json::parse(to_json(*r.engine_choice)) : Json(nullptr)},
          {"variants", list(r.variants, variant_json)},
          {"steps", list(r.steps, step)},
          {"quantization", quantization(r.quantization)},
          {"layer_errors", list(r.layer_errors, layer_error)},
          {"warnings", Json(r.warnings)}};
}

}  // namespace reporting

std::string to_json(const DeployReport& report) { return reporting::pretty(reporting::json_of(report)); }

}  // namespace headrace
