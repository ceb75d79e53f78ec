// engine.json, written and read.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "measure/engine_choice.h"

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no infinity: the same bits.
Json decibels(const std::optional<double>& value) {
  if (!value || std::isnan(*value)) return nullptr;
  if (std::isinf(*value)) return *value > 0 ? "inf" : "-inf";
  return *value;
}

std::optional<double> parse_decibels(const Json& value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) return value == "inf" ? kInfinity : -kInfinity;
  return value.get<double>();
}

Json figure(bool measured, double value) { return measured ? Json(value) : Json(nullptr); }
double parse_figure(const Json& value) { return value.is_null() ? 0 : value.get<double>(); }

Json json_of(const EngineChoice& choice, const EngineFigures& one) {
  const bool measured = one.median_ms > 0;
  return {{"engine", one.engine},
          {"version", one.version},
          {"isa", one.isa},
          {"exact", one.exact},
          {"tried", one.tried},
          {"median_ms", figure(measured, one.median_ms)},
          {"min_ms", figure(measured, one.min_ms)},
          {"throughput_per_s", figure(measured, one.throughput_per_s)},
          {"sqnr_db", decibels(one.sqnr_db)},
          {"accuracy", one.accuracy},
          {"accepted", one.refused.empty()},
          {"verdict", verdict(choice, one)}};
}

EngineFigures figures_of(const Json& json) {
  EngineFigures one;
  one.engine = json.at("engine");
  one.version = json.at("version");
  one.isa = json.at("isa");
  one.exact = json.at("exact");
  one.tried = json.at("tried");
  one.median_ms = parse_figure(json.at("median_ms"));
  one.min_ms = parse_figure(json.at("min_ms"));
  one.throughput_per_s = parse_figure(json.at("throughput_per_s"));
  one.sqnr_db = parse_decibels(json.at("sqnr_db"));
  one.accuracy = json.at("accuracy");
  if (!json.at("accepted").get<bool>()) one.refused = json.at("verdict");
  return one;
}

}  // namespace

std::string to_json(const EngineChoice& choice) {
  Json candidates = Json::array();
  for (const EngineFigures& one : choice.candidates) candidates.push_back(json_of(choice, one));
  const Json json = {{"engine", choice.engine},
                     {"reason", choice.reason},
                     {"requirement", choice.requirement},
                     {"cpu", {{"name", choice.machine.cpu}, {"isa", choice.machine.isa}, {"usable", choice.machine.cpus}}},
                     {"threads", choice.threads},
                     {"batch", choice.batch},
                     {"model", choice.model},
                     {"candidates", candidates}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<EngineChoice> parse_engine_choice(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    const Json& cpu = json.at("cpu");
    EngineChoice choice;
    choice.engine = json.at("engine");
    choice.reason = json.at("reason");
    choice.requirement = json.at("requirement");
    choice.machine = {cpu.at("name"), cpu.at("isa"), cpu.at("usable")};
    choice.threads = json.at("threads");
    choice.batch = json.at("batch");
    choice.model = json.at("model");
    for (const Json& one : json.at("candidates")) choice.candidates.push_back(figures_of(one));
    return choice;
  } catch (const Json::exception& problem) {
    return invalid_data(std::string("this is not the record of an engine's choice: ") + problem.what());
  }
}

}  // namespace headrace
