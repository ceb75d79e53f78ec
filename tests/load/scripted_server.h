// An HTTP server that answers as a test says: late, wrongly, half, or not at all.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace headrace::testing {

struct Asked {
  std::string method, target, body;
  std::map<std::string, std::string> headers;  // names in lower case
};

struct Scripted {
  enum class Way {
    kWhole,
    kChunked,  // the body in two chunks
    kToEnd,    // the body without a length, up to the end of the connection
    kHalf,     // half the body, then the connection is closed
    kDrop,     // the connection is closed without an answer
    kRaw,      // `body` is all that is sent, be it HTTP or not
  };
  int status = 200;
  std::string body;
  size_t json_bytes = 0;  // above 0: Inference-Header-Content-Length
  std::chrono::milliseconds delay{0};
  Way way = Way::kWhole;
};

// Called from many threads at once.
using Script = std::function<Scripted(const Asked&)>;

class ScriptedServer {
 public:
  explicit ScriptedServer(Script script, bool keep_alive = true);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  int connections() const;  // accepted so far

 private:
  class State;
  std::unique_ptr<State> state_;
};

// A port of 127.0.0.1 at which nobody listens.
int unused_port();

// A server with the model "id": x, FP32 [-1, 4] (or as `shape` says), and its copy y. `infer` answers inferences; everything else
// (metadata, index, statistics, metrics) is answered here.
Script model_script(Script infer, const std::string& shape = "[-1,4]");
// The right answer to an inference of that model, in the form that was asked for.
Scripted echo(const Asked& asked);

}  // namespace headrace::testing
