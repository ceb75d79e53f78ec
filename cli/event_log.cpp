#include "event_log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace headrace::cli {
namespace {

using serve::Event;

spdlog::level::level_enum level_of(Event::Level level) {
  switch (level) {
    case Event::Level::kInfo: return spdlog::level::info;
    case Event::Level::kWarning: return spdlog::level::warn;
    case Event::Level::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

// The members of a JSON object, without its braces: time and level are put in front by the pattern.
std::string members(const Event& event) {
  nlohmann::ordered_json json{{"event", event.what}};
  if (!event.model.empty()) json["model"] = event.model;
  if (!event.version.empty()) json["version"] = event.version;
  if (!event.detail.empty()) json["detail"] = event.detail;
  const std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

}  // namespace

serve::EventSink stderr_events() {
  auto logger = std::make_shared<spdlog::logger>("serve", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  logger->set_error_handler([](const std::string&) {});  // a full disk must not stop the server
  return [logger](const Event& event) { logger->log(level_of(event.level), "{}", members(event)); };
}

}  // namespace headrace::cli
