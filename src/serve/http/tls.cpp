#include "serve/http/tls.h"

namespace headrace::serve::http {
namespace {

namespace ssl = boost::asio::ssl;
using ErrorCode = boost::system::error_code;

}  // namespace

Status load_tls(const Access& access, std::optional<ssl::context>& tls) {
  if (access.tls_certificate.empty() && access.tls_key.empty()) return Ok{};
  if (access.tls_certificate.empty() || access.tls_key.empty())
    return invalid_argument("TLS needs both a certificate and its key: give --tls-certificate and --tls-key");
  tls.emplace(ssl::context::tls_server);
  ErrorCode error;
  tls->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1 | ssl::context::single_dh_use,
                   error);
  if (!error) tls->use_certificate_chain_file(access.tls_certificate, error);
  if (error)
    return invalid_argument("this is no PEM certificate that can be read: " + error.message()).at(access.tls_certificate);
  tls->use_private_key_file(access.tls_key, ssl::context::pem, error);
  if (error)
    return invalid_argument("this is no PEM key that can be read and belongs to the certificate: " + error.message())
        .at(access.tls_key);
  if (SSL_CTX_check_private_key(tls->native_handle()) != 1)
    return invalid_argument("the key does not belong to the certificate").at(access.tls_key);
  return Ok{};
}

}  // namespace headrace::serve::http
