// What bench() and its worker processes say to each other: one JSON object a line, a command and its answer in turn.
//
//   {"command": "load", "model": ..., "engine": "ort", "threads": 1, ...}   {"exact": true, "isa": ..., "version": ...,
//   "load_ms": 41.5}
//   {"command": "check"}                                                    {"outputs": [{"name", "dims", "bad", "values"}, ...]}
//   {"command": "window", "seconds": 0.6, "clients": 4}                     {"latencies_ns": [...], "wall_seconds": ...,
//   "peak_rss_bytes": ...}
//   {"command": "quit"}                                                     (none: the worker ends)
//
// Any answer may be {"error": {"message", "context"}} instead.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/shape.h"
#include "measure/bench.h"
#include "measure/client_loop.h"
#include "measure/output_summary.h"

namespace headrace {

struct LoadAnswer {
  bool exact = false;
  std::string isa;
  std::string version;
  double load_ms = 0;
};

using CheckAnswer = std::vector<OutputSummary>;

struct WindowAnswer {
  Window window;
  uint64_t peak_rss_bytes = 0;
};

struct Command {
  enum class Kind { kLoad, kCheck, kWindow, kQuit } kind = Kind::kQuit;
  BenchCase point{};   // of kLoad
  double seconds = 0;  // of kWindow
  int clients = 1;     // of kWindow
};

// Lines are without their newline. Parsing gives an internal error for what is not of the form above, and the error that an
// answer carries.
std::string encode(const Command& command);
std::string encode(const LoadAnswer& answer);
std::string encode(const CheckAnswer& answer);
std::string encode(const WindowAnswer& answer);
std::string encode(const Error& error);
Result<Command> parse_command(std::string_view line);
Result<LoadAnswer> parse_load_answer(std::string_view line);
Result<CheckAnswer> parse_check_answer(std::string_view line);
Result<WindowAnswer> parse_window_answer(std::string_view line);

// Lines from a descriptor.
class LineReader {
 public:
  enum class Outcome { kLine, kEnd, kTimeout, kStopped };
  using Deadline = std::chrono::steady_clock::time_point;

  explicit LineReader(int descriptor) : descriptor_(descriptor) {}
  // Waits for the next line until `deadline`, or until `progress` asks to stop. kEnd: the other side is gone.
  Outcome next(std::string& line, Deadline deadline = Deadline::max(), const Progress& progress = {});

 private:
  int descriptor_;
  std::string buffer_;
  size_t scanned_ = 0;  // how much of the buffer is known to hold no newline
};

// Writes the line and a newline. False when the other side is gone: a socket then raises no SIGPIPE.
bool write_line(int descriptor, std::string line);

}  // namespace headrace
