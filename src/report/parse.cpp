// report.json, read: a file that people edit and other programs write, so every field is checked and named when it is wrong.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "report/report.h"

namespace headrace {
namespace {

using Json = nlohmann::json;

// A value of the document and the path that leads to it. The first error is kept in `error`; after it every read gives its
// default.
struct Field {
  const Json* value = nullptr;  // nullptr: missing
  std::string path;
  std::optional<Error>* error;

  void fail(std::string_view expected) const {
    if (*error) return;
    const std::string found = value == nullptr ? "it is missing" : std::string("found ") + value->type_name();
    *error =
        invalid_data("expected " + std::string(expected) + ", " + found + "; is this a report.json written by 'headrace deploy'?")
            .at(path);
  }

  Field operator[](const char* key) const {
    const std::string name = path.empty() ? key : path + "." + key;
    if (value == nullptr) return {nullptr, name, error};
    if (!value->is_object()) fail("an object");
    const auto found = value->is_object() ? value->find(key) : value->end();
    return {value->is_object() && found != value->end() ? &*found : nullptr, name, error};
  }

  void read(std::string& out) const {
    if (value == nullptr || value->is_null()) return;
    if (!value->is_string()) return fail("a string");
    out = value->get_ref<const std::string&>();
  }
  void read(bool& out) const {
    if (value == nullptr) return;
    if (!value->is_boolean()) return fail("true or false");
    out = value->get<bool>();
  }
  void read(double& out) const {
    if (value == nullptr) return;
    if (value->is_null()) out = std::numeric_limits<double>::quiet_NaN();
    else if (value->is_number()) out = value->get<double>();
    else if (*value == "inf") out = std::numeric_limits<double>::infinity();
    else if (*value == "-inf") out = -std::numeric_limits<double>::infinity();
    else fail("a number, null or \"inf\"");
  }
  void read(std::optional<double>& out) const {
    if (value == nullptr || value->is_null()) return;
    read(out.emplace());
  }
  void read(uint64_t& out) const {
    if (value == nullptr) return;
    if (!value->is_number_unsigned()) return fail("a whole number that is not negative");
    out = value->get<uint64_t>();
  }
  void read(int& out) const {
    uint64_t wide = static_cast<uint64_t>(out);
    read(wide);
    if (wide > static_cast<uint64_t>(std::numeric_limits<int>::max())) return fail("a smaller whole number");
    out = static_cast<int>(wide);
  }
  template <typename T>
  void read(std::vector<T>& out) const {
    if (value == nullptr) return;
    if (!value->is_array()) return fail("an array");
    for (size_t i = 0; i < value->size() && !*error; ++i)
      Field{&(*value)[i], path + "[" + std::to_string(i) + "]", error}.read(out.emplace_back());
  }
  void read(Variant& out) const;
  void read(LatencySummary& out) const;
  void read(StepTime& out) const;
  void read(LayerError& out) const;
  void read(LayerNote& out) const;
  void read(QuantReport& out) const;
  void read(std::optional<EngineChoice>& out) const;
  void read(DeployReport& out) const;
};

void Field::read(LatencySummary& out) const {
  const Field& f = *this;
  f["median"].read(out.median);
  f["p90"].read(out.p90);
  f["p99"].read(out.p99);
  f["min"].read(out.min);
  f["max"].read(out.max);
  f["mean"].read(out.mean);
  f["stddev"].read(out.stddev);
  f["count"].read(out.count);
}

void Field::read(Variant& out) const {
  const Field& f = *this;
  f["name"].read(out.name);
  f["precision"].read(out.precision);
  f["engine"].read(out.engine);
  f["engine_version"].read(out.engine_version);
  f["isa"].read(out.isa);
  f["exact"].read(out.exact);
  f["size_bytes"].read(out.size_bytes);
  f["threads"].read(out.threads);
  f["batch"].read(out.batch);
  f["throughput_per_s"].read(out.throughput_per_s);
  f["peak_rss_bytes"].read(out.peak_rss_bytes);
  f["accuracy"]["top1"].read(out.top1);
  f["accuracy"]["top5"].read(out.top5);
  f["accuracy"]["agreement_top1"].read(out.agreement_top1);
  f["accuracy"]["sqnr_db"].read(out.sqnr_db);
  f["error"].read(out.error);
  f["samples_ms"].read(out.samples_ms);
  f["latency_ms"].read(out.latency_ms);
  if (out.error.empty()) return;
  out.latency_ms = {};  // null in the file: nothing was measured
  out.throughput_per_s = 0;
}

void Field::read(StepTime& out) const {
  (*this)["name"].read(out.name);
  (*this)["seconds"].read(out.seconds);
  (*this)["note"].read(out.note);
}

void Field::read(LayerError& out) const {
  (*this)["node"].read(out.node);
  (*this)["op_type"].read(out.op_type);
  (*this)["tensor"].read(out.tensor);
  (*this)["sqnr_db"].read(out.sqnr_db);
}

void Field::read(LayerNote& out) const {
  (*this)["node"].read(out.node);
  (*this)["op_type"].read(out.op_type);
  (*this)["scale_growth"].read(out.scale_growth);
  (*this)["weight_sqnr_db"].read(out.weight_sqnr_db);
}

void Field::read(QuantReport& out) const {
  const Field& f = *this;
  f["samples"].read(out.samples);
  f["quantized_nodes"].read(out.quantized_nodes);
  f["float_nodes"].read(out.float_nodes);
  f["seconds_inference"].read(out.seconds_inference);
  f["seconds_total"].read(out.seconds_total);
  f["kept_float"].read(out.kept_float);
  f["layers"].read(out.layers);
  f["warnings"].read(out.warnings);
}

void Field::read(std::optional<EngineChoice>& out) const {
  if (value == nullptr || value->is_null() || *error) return;
  Result<EngineChoice> choice = parse_engine_choice(value->dump());
  if (choice) out = std::move(*choice);
  else *error = std::move(choice).error().at(path);
}

void Field::read(DeployReport& out) const {
  const Field& f = *this;
  if (f["model"].value == nullptr) f["model"].fail("a string");
  if (f["variants"].value == nullptr) f["variants"].fail("an array");
  f["model"].read(out.model);
  f["cpu"]["name"].read(out.cpu_name);
  f["cpu"]["isa"].read(out.isa);
  f["cpus"].read(out.cpus);
  f["headrace_version"].read(out.headrace_version);
  f["created"].read(out.created);
  f["recommended"].read(out.recommended);
  f["recommended_reason"].read(out.recommended_reason);
  f["calibration_samples"].read(out.calibration_samples);
  f["evaluation_samples"].read(out.evaluation_samples);
  f["variants"].read(out.variants);
  f["steps"].read(out.steps);
  f["quantization"].read(out.quantization);
  f["layer_errors"].read(out.layer_errors);
  f["warnings"].read(out.warnings);
  f["engine_choice"].read(out.engine_choice);
}

}  // namespace

Result<DeployReport> parse_report(std::string_view text) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& e) {
    return invalid_data("not valid JSON; is the file truncated or not a report.json?").at("byte " + std::to_string(e.byte));
  } catch (const Json::exception& e) {  // a number out of range
    return invalid_data(std::string("not valid JSON: ") + e.what());
  }
  DeployReport report;
  std::optional<Error> error;
  Field{&document, "", &error}.read(report);
  if (error) return *std::move(error);
  return report;
}

}  // namespace headrace
