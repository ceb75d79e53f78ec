#include "load/scripted_server.h"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <mutex>
#include <thread>

namespace headrace::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Request = http::request<http::string_body>;

Asked asked_of(const Request& request) {
  Asked asked{std::string(request.method_string()), std::string(request.target()), request.body(), {}};
  for (const auto& field : request) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    asked.headers[name] = std::string(field.value());
  }
  return asked;
}

std::string head_of(const Scripted& answer, const std::string& length) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n" + length;
  if (answer.json_bytes > 0) head += "Inference-Header-Content-Length: " + std::to_string(answer.json_bytes) + "\r\n";
  return head;
}

std::string chunk(std::string_view body) {
  if (body.empty()) return {};  // an empty chunk is the last one
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  return size + std::string(body) + "\r\n";
}

// The bytes that go out; and whether the connection stays open after them.
std::pair<std::string, bool> bytes_of(const Scripted& answer, bool keep_alive) {
  const std::string length = "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
  const std::string last = keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  const size_t half = answer.body.size() / 2;
  switch (answer.way) {
    case Scripted::Way::kWhole: return {head_of(answer, length) + last + answer.body, keep_alive};
    case Scripted::Way::kChunked:
      return {head_of(answer, "Transfer-Encoding: chunked\r\n") + last + chunk(answer.body.substr(0, half)) +
                  chunk(answer.body.substr(half)) + "0\r\n\r\n",
              keep_alive};
    case Scripted::Way::kToEnd: return {head_of(answer, "Connection: close\r\n") + "\r\n" + answer.body, false};
    case Scripted::Way::kHalf: return {head_of(answer, length) + last + answer.body.substr(0, half), false};
    case Scripted::Way::kDrop: return {"", false};
    case Scripted::Way::kRaw: return {answer.body, false};
  }
  return {"", false};
}

}  // namespace

class ScriptedServer::State {
 public:
  State(Script script, bool keep_alive)
      : script_(std::move(script)),
        keep_alive_(keep_alive),
        acceptor_(context_, {asio::ip::make_address("127.0.0.1"), 0}),
        accepting_([this] { accept(); }) {}

  ~State() {
    stopped_ = true;
    boost::system::error_code ignored;
    tcp::socket(context_).connect(acceptor_.local_endpoint(), ignored);  // wakes accept()
    accepting_.join();
    for (Connection& connection : connections_) {
      {
        const std::lock_guard lock(connection.mutex);
        connection.socket.shutdown(tcp::socket::shutdown_both, ignored);
      }
      connection.thread.join();
    }
  }

  int port() const { return acceptor_.local_endpoint().port(); }
  int count() const { return count_; }

 private:
  struct Connection {
    explicit Connection(tcp::socket accepted) : socket(std::move(accepted)) {}
    tcp::socket socket;
    std::mutex mutex;  // around closing
    std::thread thread;
  };

  void accept() {
    while (true) {
      tcp::socket socket(context_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (stopped_ || error) return;
      ++count_;
      socket.set_option(tcp::no_delay(true), error);
      Connection& connection = connections_.emplace_back(std::move(socket));
      connection.thread = std::thread([this, &connection] { serve(connection); });
    }
  }

  void serve(Connection& connection) {
    boost::beast::flat_buffer buffer;
    bool open = true;
    while (open && !stopped_) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(uint64_t{1} << 40);  // boost::none, in Boost 1.74, allows nothing
      boost::system::error_code error;
      http::read(connection.socket, buffer, parser, error);
      if (error) break;
      const Scripted answer = script_(asked_of(parser.get()));
      wait(answer.delay);
      const auto [bytes, stays] = bytes_of(answer, keep_alive_);
      asio::write(connection.socket, asio::buffer(bytes), error);
      open = stays && !error;
    }
    const std::lock_guard lock(connection.mutex);
    boost::system::error_code ignored;
    connection.socket.close(ignored);
  }

  // As long as the server lives.
  void wait(std::chrono::milliseconds delay) const {
    const auto end = std::chrono::steady_clock::now() + delay;
    while (!stopped_ && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(
          std::min<std::chrono::nanoseconds>(std::chrono::milliseconds(5), end - std::chrono::steady_clock::now()));
  }

  Script script_;
  bool keep_alive_;
  std::atomic<bool> stopped_{false};
  std::atomic<int> count_{0};
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::list<Connection> connections_;  // of the accepting thread, until that is over
  std::thread accepting_;
};

ScriptedServer::ScriptedServer(Script script, bool keep_alive) : state_(std::make_unique<State>(std::move(script), keep_alive)) {}
ScriptedServer::~ScriptedServer() = default;
int ScriptedServer::port() const { return state_->port(); }
int ScriptedServer::connections() const { return state_->count(); }

int unused_port() {
  asio::io_context context;
  return tcp::acceptor(context, {asio::ip::make_address("127.0.0.1"), 0}).local_endpoint().port();
}

Script model_script(Script infer, const std::string& shape) {
  const auto counter = std::make_shared<std::atomic<int>>(0);
  return [infer = std::move(infer), shape, counter](const Asked& asked) -> Scripted {
    const auto tensor = [&](const std::string& name) {
      return R"({"name":")" + name + R"(","datatype":"FP32","shape":)" + shape + "}";
    };
    if (asked.target == "/v2/models/id/infer") return infer(asked);
    if (asked.target == "/v2")
      return {200, R"({"name":"scripted","version":"1","extensions":["binary_tensor_data","statistics"]})"};
    if (asked.target == "/v2/models/id")
      return {200, R"({"name":"id","versions":["1"],"platform":"none","inputs":[)" + tensor("x") + R"(],"outputs":[)" +
                       tensor("y") + "]}"};
    if (asked.target == "/v2/models/id/config") return {200, R"({"max_batch_size":8})"};
    if (asked.target == "/v2/repository/index") return {200, R"([{"name":"id","version":"1","state":"READY"}])"};
    if (asked.target == "/metrics") return {200, "# HELP x\nprocess_resident_memory_bytes 1.5e6\n"};
    if (asked.target != "/v2/models/id/stats") return {404, R"({"error":"not here"})"};
    const std::string n = std::to_string(10 * ++*counter);  // grows with each reading: 10 requests of 2 rows in 5 batches
    const auto sum = [&](const std::string& name, int ms) {
      return "\"" + name + R"(":{"count":)" + n + R"(,"ns":)" + std::to_string(std::stoll(n) * ms * 1'000'000) + "}";
    };
    return {200, R"({"model_stats":[{"name":"id","version":"1","inference_count":)" + std::to_string(2 * std::stoi(n)) +
                     R"(,"execution_count":)" + std::to_string(std::stoi(n) / 2) + R"(,"inference_stats":{)" + sum("success", 9) +
                     "," + sum("queue", 3) + "," + sum("compute_input", 1) + "," + sum("compute_infer", 4) + "," +
                     sum("compute_output", 1) + "}}]}"};
  };
}

}  // namespace headrace::testing
