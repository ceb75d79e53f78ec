// A client that sends bytes as a test writes them, well-formed or not, and reads answers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace headrace::serve::testing {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
};

class RawClient {
 public:
  explicit RawClient(uint16_t port) : RawClient() { connect(port); }
  RawClient();  // with a descriptor, not connected yet
  void connect(uint16_t port);
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return socket_ >= 0; }
  bool send(std::string_view bytes);  // false: the server has closed
  // nullopt: the connection ended, or nothing came for 20 seconds. `head`: of a HEAD request, no body follows.
  std::optional<Answer> read(bool head = false);
  // Whether the server closes the connection (what it sends before is read over).
  bool closed_by_server();
  void end_sending();
  void close();

 private:
  bool fill();  // more bytes into received_

  int socket_ = -1;
  std::string received_;
};

// "POST path HTTP/1.1" with Host, Content-Length, further `fields` ("Name: value\r\n" each) and the body.
std::string post(std::string_view path, std::string_view body, std::string_view fields = {});
std::string get(std::string_view path, std::string_view fields = {}, std::string_view method = "GET");

// One request on a connection of its own. Status 0: no answer came.
Answer ask(uint16_t port, std::string_view request);

}  // namespace headrace::serve::testing
