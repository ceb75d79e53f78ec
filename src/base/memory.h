// How much memory there is, as the kernel and the cgroup tell it.
#pragma once

#include <cstdint>

namespace headrace {

struct MemoryInfo {
  uint64_t total_bytes = 0;      // of the machine, or the cgroup's limit where that is lower
  uint64_t available_bytes = 0;  // what could be had now without swapping; 0 when not known
};

MemoryInfo memory_info();

// The memory of this process that is in RAM now; 0 when not known.
uint64_t resident_bytes();

// Gives memory that was freed back to the system, where the C library can: after a large model is gone.
void return_free_memory();

}  // namespace headrace
