// Workers that never answer, die, or talk nonsense: small shell scripts stand in for the program.
#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "measure/bench.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kLoaded = R"(read command <&$2; echo '{"exact": true, "isa": "x", "version": "1", "load_ms": 1}' >&$3; )";
constexpr const char* kChecked = R"(read command <&$2; echo '{"outputs": []}' >&$3; )";
constexpr const char* kMeasured =
    R"(read command <&$2; echo '{"latencies_ns": [1000000, 3000000], "wall_seconds": 0.004, "peak_rss_bytes": 4096}' >&$3; )";

class BenchFailures : public ::testing::Test {
 protected:
  // Measures one point with a script as the worker.
  Result<std::vector<BenchResult>> measure(const std::string& script, const Progress& progress = {}) {
    const auto path = folder_ / "worker.sh";
    // The descriptors' numbers come as the second and third argument; dash takes only one digit in a redirection, hence the eval.
    testing::write_file(path, "#!/bin/sh\nset -- \"$1\" 8 9 \"$2\"\neval \"exec 8<&$4 9>&$4\"\n" + adapted(script) + "\n");
    chmod(path.c_str(), 0755);
    BenchOptions options;
    options.program = path;
    options.seconds = 0.02;
    options.warmup_seconds = 0;
    options.rounds = 2;
    options.hang_seconds = 0.2;
    BenchCase point;
    point.model = "model.onnx";
    point.engine = "ort";
    point.threads = 2;
    point.clients = 4;
    return bench({point}, options, progress);
  }

  static std::string adapted(std::string script) {
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"<&$2", "<&8"}, {">&$3", ">&9"}})
      for (size_t at = script.find(from); at != std::string::npos; at = script.find(from)) script.replace(at, from.size(), to);
    return script;
  }

  std::string error_of(const std::string& script) {
    const auto results = measure(script);
    if (!results) return "bench() failed: " + results.error().describe();
    return results->front().error;
  }

  // After every test: no child is left, neither running nor a zombie.
  void TearDown() override {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(BenchFailures, AWorkerThatAnswersIsMeasured) {
  const auto results = measure(std::string(kLoaded) + kChecked + kMeasured + kMeasured);
  ASSERT_OK(results);
  const BenchResult& result = results->front();
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.latency_ms.count, 4u);
  EXPECT_DOUBLE_EQ(result.latency_ms.median, 2);
  EXPECT_DOUBLE_EQ(result.throughput_per_s, 500);
  EXPECT_EQ(result.peak_rss_bytes, 4096u);
  EXPECT_EQ(result.isa, "x");
  EXPECT_TRUE(result.exact);
}

TEST_F(BenchFailures, AHangNamesTheSetting) {
  EXPECT_THAT(error_of(std::string(kLoaded) + kChecked + "exec sleep 1000"),
              AllOf(HasSubstr("model.onnx on ort (2 threads, batch 1, 4 clients, 1 session)"), HasSubstr("measuring"),
                    HasSubstr("did not answer for 0.21 s")));
}

TEST_F(BenchFailures, AHangWhileLoadingIsOneAsWell) {
  EXPECT_THAT(error_of("exec sleep 1000"), AllOf(HasSubstr("loading"), HasSubstr("0.8 s")));
}

TEST_F(BenchFailures, ACrashNamesTheSignal) {
  EXPECT_THAT(error_of(std::string(kLoaded) + kChecked + "read command <&$2; kill -SEGV $$"),
              AllOf(HasSubstr("signal 11"), HasSubstr("measuring")));
}

TEST_F(BenchFailures, AnEarlyEndNamesStatusAndLastWords) {
  EXPECT_THAT(error_of("echo 'cannot open the engine' >&2; exit 3"),
              AllOf(HasSubstr("exit status 3"), HasSubstr("cannot open the engine")));
}

TEST_F(BenchFailures, NonsenseIsNoAnswer) {
  EXPECT_THAT(error_of("read command <&$2; echo hello >&$3; exec sleep 1000"),
              HasSubstr("not a line of the benchmark's protocol"));
}

TEST_F(BenchFailures, AnErrorOfTheEngineIsPassedOn) {
  EXPECT_THAT(
      error_of(
          R"(read command <&$2; echo '{"error": {"code": 1, "message": "no such model", "context": "a.onnx"}}' >&$3; exec sleep 1000)"),
      HasSubstr("loading: a.onnx: no such model"));
}

TEST_F(BenchFailures, OutputsThatAreNotFiniteAreNotTimed) {
  EXPECT_THAT(
      error_of(
          std::string(kLoaded) +
          R"(read command <&$2; echo '{"outputs": [{"name": "y", "dims": [1], "bad": 1, "values": []}]}' >&$3; exec sleep 1000)"),
      AllOf(HasSubstr("checking outputs"), HasSubstr("output 'y' holds 1 NaN or infinite")));
}

TEST_F(BenchFailures, StopsWhenAskedTo) {
  std::atomic<bool> stop{false};
  // The first window's report asks to stop; the worker would go on for ever.
  const Progress progress([&](std::string_view, int64_t done, int64_t) { stop = done >= 1; }, &stop);
  const auto results = measure(std::string(kLoaded) + kChecked + kMeasured + "exec sleep 1000", progress);
  ASSERT_FALSE(results.ok());
  EXPECT_EQ(results.error().code, ErrorCode::kCancelled);
}

TEST_F(BenchFailures, StopsInTheMiddleOfAWait) {
  std::atomic<bool> stop{false};
  std::thread asks([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  const auto results = measure("exec sleep 1000", Progress({}, &stop));
  asks.join();
  ASSERT_FALSE(results.ok());
  EXPECT_EQ(results.error().code, ErrorCode::kCancelled);
}

TEST_F(BenchFailures, AProgramThatIsNotThereIsNamed) {
  BenchOptions options;
  options.program = folder_ / "nothing";
  const auto results = bench({BenchCase{}}, options);
  ASSERT_OK(results);
  EXPECT_THAT(results->front().error, AllOf(HasSubstr("nothing"), HasSubstr("No such file")));
}

TEST_F(BenchFailures, WrongArgumentsAreErrors) {
  BenchOptions options;
  options.rounds = 0;
  EXPECT_ERROR(bench({BenchCase{}}, options), "at least one round");
  options = {};
  options.seconds = 0;
  EXPECT_ERROR(bench({BenchCase{}}, options), "seconds > 0");
  BenchCase point;
  point.batch = 0;
  EXPECT_ERROR(bench({point}, {}), "batch 0");
  point = {};
  point.clients = 100000;
  EXPECT_ERROR(bench({point}, {}), "at most 1024 clients");
}

}  // namespace
}  // namespace headrace
