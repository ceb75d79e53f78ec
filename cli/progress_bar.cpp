#include "progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace headrace::cli {
namespace {

constexpr std::chrono::seconds kPatience{1};
constexpr std::chrono::milliseconds kFrame{100};
constexpr int kBarWidth = 24;

int terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool is_capable_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(std::ceil(seconds));
  return whole < 60 ? std::to_string(whole) + " s" : std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

std::string rate(double per_second) {
  char text[32];
  std::snprintf(text, sizeof text, per_second < 10 ? "%.1f/s" : "%.0f/s", per_second);
  return text;
}

}  // namespace

std::string progress_line(std::string_view stage, int64_t done, int64_t total, double seconds, int columns) {
  std::string line(stage);
  if (total > 0) {
    done = std::clamp<int64_t>(done, 0, total);
    const int filled = static_cast<int>(done * kBarWidth / total);
    line += "  [" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]  " + std::to_string(done) + "/" +
            std::to_string(total);
    if (done > 0 && seconds > 0) line += "  " + rate(done / seconds) + "  " + duration(seconds * (total - done) / done) + " left";
  } else {
    line += " ... " + duration(seconds);
  }
  return line.substr(0, static_cast<size_t>(std::max(columns - 1, 1)));
}

ProgressBar::ProgressBar() : terminal_(is_capable_terminal()), began_(Clock::now()) {}
ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::update(std::string_view stage, int64_t done, int64_t total) {
  if (!terminal_) return;
  if (stage.empty()) return clear();
  const Clock::time_point now = Clock::now();
  if (stage != stage_) {
    stage_ = stage;
    began_ = now;
  }
  if (now - began_ < kPatience || now - last_drawn_ < kFrame) return;
  last_drawn_ = now;
  draw(done, total, std::chrono::duration<double>(now - began_).count());
}

void ProgressBar::draw(int64_t done, int64_t total, double seconds) {
  std::fprintf(stderr, "\r%s\033[K", progress_line(stage_, done, total, seconds, terminal_columns()).c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressBar::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace headrace::cli
