#include "measure/worker_protocol.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using nlohmann::json;

// A path or an engine's message may hold bytes that are not UTF-8: they are replaced, not thrown over.
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// Runs `read` over the parsed line; nlohmann's exceptions end here.
template <typename T, typename Read>
Result<T> parse(std::string_view line, Read read) {
  try {
    const json value = json::parse(line);
    if (value.contains("error"))
      return Error{static_cast<ErrorCode>(value["error"].at("code").get<int>()), value["error"].at("message"),
                   value["error"].at("context")};
    return read(value);
  } catch (const json::exception& problem) {
    return internal_error(std::string("not a line of the benchmark's protocol: ") + problem.what());
  }
}

std::string_view name_of(Command::Kind kind) {
  switch (kind) {
    case Command::Kind::kLoad: return "load";
    case Command::Kind::kCheck: return "check";
    case Command::Kind::kWindow: return "window";
    case Command::Kind::kQuit: return "quit";
  }
  return "quit";
}

Result<Command> command_of(const json& value) {
  const std::string name = value.at("command");
  Command command;
  if (name == "load") {
    command.kind = Command::Kind::kLoad;
    BenchCase& point = command.point;
    point.model = value.at("model").get<std::string>();
    point.engine = value.at("engine");
    point.threads = value.at("threads");
    point.batch = value.at("batch");
    point.clients = value.at("clients");
    point.sessions = value.at("sessions");
    point.spinning = value.at("spinning");
  } else if (name == "window") {
    command.kind = Command::Kind::kWindow;
    command.seconds = value.at("seconds");
    command.clients = value.at("clients");
  } else if (name == "check") {
    command.kind = Command::Kind::kCheck;
  } else if (name != "quit") {
    return internal_error("the benchmark's worker knows no command '" + name + "'");
  }
  return command;
}

}  // namespace

std::string encode(const Command& command) {
  json value{{"command", name_of(command.kind)}};
  if (command.kind == Command::Kind::kLoad) {
    const BenchCase& point = command.point;
    value.update({{"model", point.model.string()},
                  {"engine", point.engine},
                  {"threads", point.threads},
                  {"batch", point.batch},
                  {"clients", point.clients},
                  {"sessions", point.sessions},
                  {"spinning", point.spinning}});
  } else if (command.kind == Command::Kind::kWindow) {
    value.update({{"seconds", command.seconds}, {"clients", command.clients}});
  }
  return dump(value);
}

std::string encode(const LoadAnswer& answer) {
  return dump({{"exact", answer.exact}, {"isa", answer.isa}, {"version", answer.version}, {"load_ms", answer.load_ms}});
}

std::string encode(const CheckAnswer& answer) {
  json outputs = json::array();
  for (const OutputSummary& output : answer)
    outputs.push_back({{"name", output.name}, {"dims", output.dims}, {"bad", output.bad}, {"values", output.values}});
  return dump({{"outputs", std::move(outputs)}});
}

std::string encode(const WindowAnswer& answer) {
  return dump({{"latencies_ns", answer.window.latencies_ns},
               {"wall_seconds", answer.window.wall_seconds},
               {"peak_rss_bytes", answer.peak_rss_bytes}});
}

std::string encode(const Error& error) {
  return dump({{"error", {{"code", static_cast<int>(error.code)}, {"message", error.message}, {"context", error.context}}}});
}

Result<Command> parse_command(std::string_view line) { return parse<Command>(line, command_of); }

Result<LoadAnswer> parse_load_answer(std::string_view line) {
  return parse<LoadAnswer>(line, [](const json& value) {
    return LoadAnswer{value.at("exact"), value.at("isa"), value.at("version"), value.at("load_ms")};
  });
}

Result<CheckAnswer> parse_check_answer(std::string_view line) {
  return parse<CheckAnswer>(line, [](const json& value) {
    CheckAnswer answer;
    for (const json& output : value.at("outputs"))
      answer.push_back({output.at("name"), output.at("dims"), output.at("bad"), output.at("values")});
    return answer;
  });
}

Result<WindowAnswer> parse_window_answer(std::string_view line) {
  return parse<WindowAnswer>(line, [](const json& value) {
    return WindowAnswer{{value.at("latencies_ns"), value.at("wall_seconds")}, value.at("peak_rss_bytes")};
  });
}

}  // namespace headrace
