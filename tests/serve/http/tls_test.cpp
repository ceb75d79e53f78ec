#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "server_fixture.h"

namespace headrace::serve::testing {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;

// A key and a certificate that it signed itself, as PEM files.
class Pair {
 public:
  explicit Pair(const std::filesystem::path& folder) : certificate(folder / "certificate.pem"), key(folder / "key.pem") {
    EVP_PKEY* pair = EVP_EC_gen("P-256");
    X509* x509 = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, pair);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"),
                               -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_sign(x509, pair, EVP_sha256());
    BIO* out = BIO_new_file(certificate.c_str(), "w");
    PEM_write_bio_X509(out, x509);
    BIO_free(out);
    out = BIO_new_file(key.c_str(), "w");
    PEM_write_bio_PrivateKey(out, pair, nullptr, nullptr, 0, nullptr, nullptr);
    BIO_free(out);
    X509_free(x509);
    EVP_PKEY_free(pair);
  }
  const std::string certificate, key;
};

class Tls : public ServerTest {
 protected:
  headrace::testing::TemporaryFolder folder_;
  Pair pair_{folder_.path()};
};

TEST_F(Tls, RequestsOverTls) {
  options_.access.tls_certificate = pair_.certificate;
  options_.access.tls_key = pair_.key;
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.load_verify_file(pair_.certificate);
  context.set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
  stream.next_layer().connect({asio::ip::address_v4::loopback(), port()});
  stream.handshake(asio::ssl::stream_base::client);
  std::string data = "[1";
  for (int i = 1; i < 200'000; ++i) data += ",1";
  const std::string big = one_input("UINT8", "[200000]", data + "]");
  asio::write(stream, asio::buffer(post("/v2/models/identity/infer", big, "Connection: close\r\n")));
  std::string answer;
  boost::system::error_code error;
  asio::read(stream, asio::dynamic_buffer(answer), error);
  EXPECT_THAT(answer, HasSubstr("200 OK"));
  EXPECT_THAT(answer, ::testing::EndsWith("1,1,1]}]}"));
  EXPECT_EQ(error, asio::error::eof);  // ended by TLS's own close, not cut off
}

TEST_F(Tls, PlainTextIsTurnedAwayAndTheServerGoesOn) {
  options_.access.tls_certificate = pair_.certificate;
  options_.access.tls_key = pair_.key;
  RawClient plain(port());
  plain.send(get("/v2"));
  EXPECT_TRUE(plain.closed_by_server());
  RawClient other(port());
  EXPECT_TRUE(other.connected());
}

TEST_F(Tls, FilesThatAreNoPairAreRefused) {
  options_.access.tls_certificate = pair_.certificate;
  EXPECT_ERROR(HttpServer::start(service_, options_, nullptr), "both a certificate and its key");
  options_.access.tls_key = pair_.certificate;
  EXPECT_ERROR(HttpServer::start(service_, options_, nullptr), "no PEM key");
  options_.access.tls_key = pair_.key;
  options_.access.tls_certificate = folder_ / "missing.pem";
  EXPECT_ERROR(HttpServer::start(service_, options_, nullptr), "missing.pem");
}

}  // namespace
}  // namespace headrace::serve::testing
