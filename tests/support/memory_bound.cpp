#include "support/memory_bound.h"

#include <malloc.h>

#include <fstream>

namespace headrace::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasured = false;
#else
constexpr bool kMeasured = true;
#endif

// A field of /proc/self/status in bytes; 0 where there is none.
int64_t status_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1)) * 1024;
  return 0;
}

// Forgets the peak so far; false where the kernel does not let us.
bool reset_peak() { return static_cast<bool>(std::ofstream("/proc/self/clear_refs") << "5" << std::flush); }

}  // namespace

int64_t peak_growth(const std::function<void()>& body) {
  malloc_trim(0);  // what is free already would hide what is taken
  const bool measured = kMeasured && reset_peak();
  const int64_t before = status_bytes("VmRSS");
  body();
  return measured ? status_bytes("VmHWM") - before : -1;
}

}  // namespace headrace::testing
