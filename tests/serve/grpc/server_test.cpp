// Starting, stopping, TLS, the access log.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <mutex>
#include <thread>

#include "serve/grpc/client.h"
#include "support/test_support.h"

namespace headrace::serve::testing {
namespace {

using grpc::StatusCode;
using headrace::testing::TemporaryFolder;
using headrace::testing::write_file;
using ::testing::HasSubstr;

class Server : public GrpcTest {};

TEST_F(Server, APortInUseIsSaidSo) {
  ServerOptions options = loopback();
  options.grpc_port = server().port();
  const auto second = GrpcServer::start(service_, options, nullptr);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_THAT(second.error().describe(), HasSubstr("another program listens there"));
}

TEST_F(Server, AHostThatIsNoneIsSaidSo) {
  ServerOptions options = loopback();
  options.host = "300.1.1.1.";
  const auto started = GrpcServer::start(service_, options, nullptr);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Server, DrainingAnswersWhatIsInFlight) {
  grpc::Status status;
  std::thread caller([&] { status = infer(raw_request("held", {1})); });
  EXPECT_TRUE(service_.wait_for_held(1));
  std::thread draining([&] { server().drain(std::chrono::seconds(60)); });
  service_.release();
  caller.join();
  draining.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(infer(raw_request("identity", {1})).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(Server, DrainingWaitsNoLongerThanItsPatience) {
  grpc::Status status;
  std::thread caller([&] { status = infer(raw_request("held", {1})); });
  EXPECT_TRUE(service_.wait_for_held(1));
  server().drain(std::chrono::milliseconds(1));  // the service does not answer
  caller.join();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(service_.last().cancellation.requested());
  service_.release();
}

// Entries as the log would write them.
class MemoryLog final : public AccessLog {
 public:
  bool enabled() const override { return true; }
  void write(const AccessEntry& entry) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(entry.protocol) + " " + std::string(entry.method) + " " + std::string(entry.model) + " " +
                     std::string(entry.request_id) + " " + std::to_string(entry.status) + " " + std::string(entry.error));
    with_peer_ += entry.peer.starts_with("127.0.0.1:") ? 1 : 0;
  }
  void reopen() override {}
  uint64_t dropped() const override { return 0; }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::atomic<int> with_peer_{0};

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST_F(Server, EveryAnswerIsLogged) {
  const auto log = std::make_shared<MemoryLog>();
  start(loopback(), log);
  infer(raw_request("identity", {1}, "1"));
  infer(raw_request("overloaded", {1}, "2"));
  TearDown();  // a line is written behind its answer
  EXPECT_THAT(log->lines(), ::testing::UnorderedElementsAre("grpc ModelInfer identity 1 0 ",
                                                            "grpc ModelInfer overloaded 2 8 model overloaded: as asked for"));
  EXPECT_EQ(log->with_peer_, 2);
}

// A key and a certificate for "localhost" that it signs itself, in PEM form.
struct Pair {
  std::string key, certificate;
};

Pair self_made() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  const auto pem = [](const auto& write) {
    BIO* const memory = BIO_new(BIO_s_mem());
    write(memory);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    std::string copy(text, static_cast<size_t>(size));
    BIO_free(memory);
    return copy;
  };
  Pair pair{pem([&](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); }),
            pem([&](BIO* out) { PEM_write_bio_X509(out, certificate); })};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pair;
}

TEST_F(Server, Tls) {
  const TemporaryFolder folder;
  const Pair pair = self_made();
  write_file(folder / "key.pem", pair.key);
  write_file(folder / "certificate.pem", pair.certificate);
  ServerOptions options = loopback();
  options.access.tls_key = folder / "key.pem";
  options.access.tls_certificate = folder / "certificate.pem";
  start(options);
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server().port()),
                                                 grpc::SslCredentials({pair.certificate, "", ""}), arguments);
  grpc::ClientContext context;
  set_patience(context);
  inference::ModelInferResponse response;
  const grpc::Status status =
      inference::GRPCInferenceService::NewStub(channel)->ModelInfer(&context, raw_request("identity", {1}), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(Server, KeysAndCertificatesThatDoNotServe) {
  const TemporaryFolder folder;
  const Pair pair = self_made(), other = self_made();
  write_file(folder / "key.pem", pair.key);
  write_file(folder / "other.pem", other.certificate);
  const auto refusal = [&](const std::string& certificate, const std::string& key) {
    ServerOptions options = loopback();
    options.access.tls_certificate = certificate;
    options.access.tls_key = key;
    const auto started = GrpcServer::start(service_, options, nullptr);
    return started.ok() ? std::string("started") : started.error().describe();
  };
  EXPECT_THAT(refusal(folder / "other.pem", ""), HasSubstr("both a certificate and its key"));
  EXPECT_THAT(refusal(folder / "none.pem", folder / "key.pem"), HasSubstr("none.pem"));
  EXPECT_THAT(refusal(folder / "key.pem", folder / "key.pem"), HasSubstr("holds no certificate"));
  EXPECT_THAT(refusal(folder / "other.pem", folder / "key.pem"), HasSubstr("belongs to the certificate"));
}

}  // namespace
}  // namespace headrace::serve::testing
