#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace headrace::serve::testing {
namespace {

constexpr timeval kPatience{20, 0};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Answer parse_head(std::string_view head) {
  Answer answer;
  answer.status = std::atoi(std::string(head.substr(9, 3)).c_str());
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const size_t colon = line.find(':');
    answer.fields[lower(std::string(line.substr(0, colon)))] = std::string(line.substr(colon + 2));
    head.remove_prefix(line.size() + 2);
  }
  return answer;
}

}  // namespace

RawClient::RawClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int yes = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
}

void RawClient::connect(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) close();
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool RawClient::fill() {
  char buffer[1 << 16];
  const ssize_t n = ::recv(socket_, buffer, sizeof(buffer), 0);
  if (n <= 0) return false;
  received_.append(buffer, static_cast<size_t>(n));
  return true;
}

std::optional<Answer> RawClient::read(bool head) {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return std::nullopt;
  Answer answer = parse_head(std::string_view(received_).substr(0, end + 2));
  received_.erase(0, end + 4);
  const std::string& length = answer.fields["content-length"];
  if (head || length.empty()) return answer;
  const size_t bytes = std::strtoull(length.c_str(), nullptr, 10);
  while (received_.size() < bytes)
    if (!fill()) return std::nullopt;
  answer.body = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return answer;
}

bool RawClient::closed_by_server() {
  char buffer[1 << 12];
  ssize_t n = 0;
  while ((n = ::recv(socket_, buffer, sizeof(buffer), 0)) > 0) {
  }
  return n == 0 || errno == ECONNRESET;
}

void RawClient::end_sending() { ::shutdown(socket_, SHUT_WR); }

void RawClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
  std::string request =
      "POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return request.append(fields).append("\r\n").append(body);
}

std::string get(std::string_view path, std::string_view fields, std::string_view method) {
  std::string request = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n";
  return request.append(fields).append("\r\n");
}

Answer ask(uint16_t port, std::string_view request) {
  RawClient client(port);
  client.send(request);
  return client.read().value_or(Answer{});
}

}  // namespace headrace::serve::testing
