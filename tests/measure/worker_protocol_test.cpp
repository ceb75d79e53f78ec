#include "measure/worker_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <utility>

#include "support/test_support.h"

namespace headrace {
namespace {

TEST(WorkerProtocol, KeepsCommands) {
  Command load;
  load.kind = Command::Kind::kLoad;
  load.point = {"models/a \"b\".onnx", "ort-exact", 2, 8, 6, 3, true};
  const auto read = parse_command(encode(load));
  ASSERT_OK(read);
  EXPECT_EQ(read->kind, Command::Kind::kLoad);
  EXPECT_EQ(read->point, load.point);

  Command window;
  window.kind = Command::Kind::kWindow;
  window.seconds = 0.6;
  window.clients = 16;
  const auto again = parse_command(encode(window));
  ASSERT_OK(again);
  EXPECT_EQ(again->seconds, 0.6);
  EXPECT_EQ(again->clients, 16);
}

TEST(WorkerProtocol, KeepsAnswers) {
  const auto load = parse_load_answer(encode(LoadAnswer{true, "avx2", "1.32.0", 41.5}));
  ASSERT_OK(load);
  EXPECT_TRUE(load->exact);
  EXPECT_EQ(load->isa, "avx2");
  EXPECT_EQ(load->version, "1.32.0");
  EXPECT_EQ(load->load_ms, 41.5);

  const auto check = parse_check_answer(encode(CheckAnswer{{"y", {1, 2}, 3, {0.5, -1}}}));
  ASSERT_OK(check);
  ASSERT_EQ(check->size(), 1u);
  EXPECT_EQ(check->front().dims, (Dims{1, 2}));
  EXPECT_EQ(check->front().bad, 3u);
  EXPECT_EQ(check->front().values, (std::vector<double>{0.5, -1}));

  const auto window = parse_window_answer(encode(WindowAnswer{{{10, 20}, 0.25}, 4096}));
  ASSERT_OK(window);
  EXPECT_EQ(window->window.latencies_ns, (std::vector<int64_t>{10, 20}));
  EXPECT_EQ(window->window.wall_seconds, 0.25);
  EXPECT_EQ(window->peak_rss_bytes, 4096u);
}

TEST(WorkerProtocol, CarriesErrors) {
  const auto answer = parse_load_answer(encode(not_found("no such file").at("a.onnx")));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(answer.error().describe(), "a.onnx: no such file");
}

TEST(WorkerProtocol, SurvivesBytesThatAreNotUtf8) {
  Command load;
  load.kind = Command::Kind::kLoad;
  load.point.model = "\xff.onnx";
  ASSERT_OK(parse_command(encode(load)));
}

TEST(WorkerProtocol, RefusesWhatIsNotIt) {
  for (const char* line : {"", "hello", "[1]", "{}", R"({"latencies_ns": "x"})", R"({"error": 3})"})
    EXPECT_ERROR(parse_window_answer(line), "protocol");
  EXPECT_ERROR(parse_command(R"({"command": "dance"})"), "dance");
}

class Pipe {
 public:
  Pipe() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()), 0); }
  ~Pipe() {
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_writing() { close(std::exchange(ends_[1], -1)); }

 private:
  std::array<int, 2> ends_{};
};

TEST(LineReader, SplitsLinesAndSeesTheEnd) {
  Pipe pipe;
  ASSERT_TRUE(write_line(pipe.writing(), "one\ntwo"));
  ASSERT_EQ(write(pipe.writing(), "half", 4), 4);
  pipe.close_writing();
  LineReader reader(pipe.reading());
  std::string line;
  EXPECT_EQ(reader.next(line), LineReader::Outcome::kLine);
  EXPECT_EQ(line, "one");
  EXPECT_EQ(reader.next(line), LineReader::Outcome::kLine);
  EXPECT_EQ(line, "two");
  EXPECT_EQ(reader.next(line), LineReader::Outcome::kEnd);
}

TEST(LineReader, GivesUpAtItsDeadlineAndWhenAskedToStop) {
  Pipe pipe;
  LineReader reader(pipe.reading());
  std::string line;
  EXPECT_EQ(reader.next(line, std::chrono::steady_clock::now()), LineReader::Outcome::kTimeout);
  const std::atomic<bool> stop{true};
  EXPECT_EQ(reader.next(line, LineReader::Deadline::max(), Progress({}, &stop)), LineReader::Outcome::kStopped);
}

TEST(WriteLine, SaysThatNobodyReads) {
  Pipe pipe;
  pipe.close_writing();
  EXPECT_FALSE(write_line(pipe.reading(), "hello"));  // and no SIGPIPE
}

}  // namespace
}  // namespace headrace
