#include "serve/grpc/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>

#include "base/mapped_file.h"

namespace headrace::serve {
namespace {

Error refused(const std::string& what) {
  ERR_clear_error();  // the queue is the thread's, and others read it
  return invalid_argument(what);
}

Result<std::string> read_text(const std::string& path) {
  auto file = MappedFile::open(path);
  if (!file) return invalid_argument(file.error().describe());
  const auto bytes = (*file)->bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// What gRPC will do with the files, done once before for the sake of the message.
Status check_pair(const Access& access) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return internal_error("OpenSSL has no memory");
  if (SSL_CTX_use_certificate_chain_file(context.get(), access.tls_certificate.c_str()) != 1)
    return refused("'" + access.tls_certificate + "' holds no certificate in PEM form");
  if (SSL_CTX_use_PrivateKey_file(context.get(), access.tls_key.c_str(), SSL_FILETYPE_PEM) != 1)
    return refused("'" + access.tls_key + "' holds no private key in PEM form that belongs to the certificate '" +
                   access.tls_certificate + "'");
  return Ok{};
}

}  // namespace

Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(const Access& access) {
  if (access.tls_certificate.empty() && access.tls_key.empty()) return grpc::InsecureServerCredentials();
  if (access.tls_certificate.empty() || access.tls_key.empty())
    return invalid_argument("TLS needs both a certificate and its key; only one is given");
  HEADRACE_TRY(std::string certificate, read_text(access.tls_certificate));
  HEADRACE_TRY(std::string key, read_text(access.tls_key));
  HEADRACE_CHECK(check_pair(access));
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({std::move(key), std::move(certificate)});
  return grpc::SslServerCredentials(options);
}

}  // namespace headrace::serve
