// Fork-join parallelism for set-up work (quantising weights, decoding images). Inference has pools of its own.
#pragma once

#include <cstddef>
#include <functional>

namespace headrace {

// Calls body(i) for every i below `count` on up to `threads` threads (0: one per available CPU; fewer where the system gives no
// more). The order is not defined. If `body` throws, no further index is handed out, and the first exception is thrown on to the
// caller once all threads are back.
void parallel_for(size_t count, int threads, const std::function<void(size_t)>& body);

// CPUs this process may use: the affinity mask, bounded by the cgroup's CPU quota (rounded up), at least 1.
int available_cpus();

}  // namespace headrace
