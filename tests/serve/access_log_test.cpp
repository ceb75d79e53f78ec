#include "serve/access_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/test_support.h"

namespace headrace::serve {
namespace {

using nlohmann::json;

class AccessLogTest : public ::testing::Test {
 protected:
  std::shared_ptr<AccessLog> open(const std::string& path) {
    auto log = AccessLog::open(path);
    EXPECT_TRUE(log.ok());
    return *std::move(log);
  }
  std::vector<json> lines(const std::string& path) {
    std::vector<json> parsed;
    std::istringstream text(headrace::testing::read_file(path));
    for (std::string line; std::getline(text, line);) parsed.push_back(json::parse(line));
    return parsed;
  }
  headrace::testing::TemporaryFolder folder_;
  const std::string path_ = folder_ / "access.log";
};

AccessEntry entry(std::string_view path) {
  AccessEntry entry;
  entry.protocol = "http";
  entry.method = "GET";
  entry.path = path;
  entry.status = 200;
  entry.seconds = 0.0015;
  return entry;
}

TEST_F(AccessLogTest, OneObjectALine) {
  auto log = open(path_);
  for (int i = 0; i < 100; ++i) log->write(entry("/" + std::to_string(i)));
  log.reset();  // writes what waits
  const std::vector<json> written = lines(path_);
  ASSERT_EQ(written.size(), 100U);
  EXPECT_EQ(written[99]["path"], "/99");
  EXPECT_EQ(written[0]["status"], 200);
  EXPECT_EQ(written[0]["ms"], 1.5);
  EXPECT_FALSE(written[0].contains("error"));
}

TEST_F(AccessLogTest, APipeThatNobodyReadsDoesNotHoldUpTheEnd) {
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  auto log = open(pipe);
  for (int i = 0; i < 10'000; ++i) log->write(entry("/"));  // a megabyte: more than a pipe holds
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  log.reset();
  ::close(reader);
}

TEST_F(AccessLogTest, ASlowReaderGetsAll) {
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  size_t lines = 0;
  std::thread reader([&] {
    std::ifstream in(pipe);
    for (std::string line; std::getline(in, line); ++lines)
      if (lines % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  auto log = open(pipe);
  for (int i = 0; i < 10'000; ++i) log->write(entry("/"));
  log.reset();
  reader.join();
  EXPECT_EQ(lines, 10'000U);
}

TEST_F(AccessLogTest, WhatClientsSendIsEscapedAndCut) {
  auto log = open(path_);
  log->write(entry("/\"\\\n\x01\xff" + std::string(1000, 'x')));
  log.reset();
  const std::vector<json> written = lines(path_);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_THAT(written[0]["path"].get<std::string>(), ::testing::StartsWith("/\"\\\n\x01\xEF\xBF\xBDxxx"));
  EXPECT_LE(written[0]["path"].get<std::string>().size(), 210U);
}

TEST_F(AccessLogTest, AFullDiskDropsLinesAndCountsThem) {
  auto log = open("/dev/full");
  for (int i = 0; i < 10; ++i) log->write(entry("/"));
  for (int i = 0; i < 4000 && log->dropped() < 10; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(log->dropped(), 10U);
}

TEST_F(AccessLogTest, ReopenFollowsAFileThatWasMovedAway) {
  auto log = open(path_);
  log->write(entry("/before"));
  const std::string moved = folder_ / "access.log.1";
  std::filesystem::rename(path_, moved);
  log->reopen();
  for (int i = 0; i < 4000 && !std::filesystem::exists(path_); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  log->write(entry("/after"));
  log.reset();
  EXPECT_EQ(lines(moved).at(0)["path"], "/before");
  EXPECT_EQ(lines(path_).at(0)["path"], "/after");
}

TEST_F(AccessLogTest, NoneAndUnwritable) {
  EXPECT_FALSE(open("")->enabled());
  EXPECT_ERROR(AccessLog::open(folder_ / "missing/access.log"), "cannot be opened");
}

}  // namespace
}  // namespace headrace::serve
