#include "serve/repository/ready_line.h"

namespace headrace::serve {
namespace {

std::string url(const ServerOptions& options, const char* scheme, uint16_t port) {
  const bool bare_ipv6 = options.host.find(':') != std::string::npos && !options.host.starts_with("[");
  const std::string host = bare_ipv6 ? "[" + options.host + "]" : options.host;
  return " " + std::string(scheme) + (options.access.tls_certificate.empty() ? "" : "s") + "://" + host + ":" +
         std::to_string(port);
}

std::string model_text(const ServedVersion& version) {
  const ModelConfig config = version.model->config();
  return version.name + " " + std::to_string(version.number) + " (" + version.files.engine + ", " + version.files.isa + ", " +
         std::to_string(config.instances) + " x " + std::to_string(config.threads) + ")";
}

}  // namespace

std::string ready_line(const std::vector<ServedPointer>& served, const ServerOptions& options, uint16_t http_port,
                       uint16_t grpc_port) {
  std::string models;
  for (const ServedPointer& version : served) models += (models.empty() ? "" : ", ") + model_text(*version);
  std::string line = "ready: " + (models.empty() ? "no models yet" : models) + " at";
  if (http_port > 0) line += url(options, "http", http_port);
  if (grpc_port > 0) line += url(options, "grpc", grpc_port);
  return line;
}

}  // namespace headrace::serve
