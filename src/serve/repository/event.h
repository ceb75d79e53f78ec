// What happens in a server beside requests: models come and go. The library hands events on; the program writes them down.
#pragma once

#include <functional>
#include <string>

namespace headrace::serve {

struct Event {
  enum class Level { kInfo, kWarning, kError } level = Level::kInfo;
  std::string what;  // "loaded", "load failed", "unloaded", ...
  std::string model, version;
  std::string detail;
};

// Called from any thread, one at a time or several at once.
using EventSink = std::function<void(const Event&)>;

}  // namespace headrace::serve
