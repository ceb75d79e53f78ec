#include "base/memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace headrace {
namespace {

// "MemTotal:  16384 kB"
uint64_t meminfo_bytes(const std::string& key) {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  uint64_t kilobytes = 0;
  while (file >> name >> kilobytes) {
    if (name == key) return kilobytes * 1024;
    std::getline(file, unit);
  }
  return 0;
}

// A cgroup file holds a number or "max"; 0 when there is no limit.
uint64_t cgroup_bytes(const char* path) {
  std::ifstream file(path);
  uint64_t bytes = 0;
  return file >> bytes ? bytes : 0;
}

uint64_t cgroup_limit() {
  const uint64_t limit = cgroup_bytes("/sys/fs/cgroup/memory.max");
  return limit > 0 ? limit : cgroup_bytes("/sys/fs/cgroup/memory/memory.limit_in_bytes");
}

uint64_t cgroup_used() {
  const uint64_t used = cgroup_bytes("/sys/fs/cgroup/memory.current");
  return used > 0 ? used : cgroup_bytes("/sys/fs/cgroup/memory/memory.usage_in_bytes");
}

}  // namespace

MemoryInfo memory_info() {
  MemoryInfo info{meminfo_bytes("MemTotal:"), meminfo_bytes("MemAvailable:")};
  const uint64_t limit = cgroup_limit();
  if (limit == 0 || limit >= info.total_bytes) return info;
  info.total_bytes = limit;
  info.available_bytes = std::min(info.available_bytes, limit - std::min(limit, cgroup_used()));
  return info;
}

uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t all = 0, resident = 0;
  return file >> all >> resident ? resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace headrace
