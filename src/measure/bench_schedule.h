// Which points are measured together, turn by turn: a ratio counts only between figures of the same minutes.
#pragma once

#include <cstddef>
#include <vector>

#include "measure/bench.h"

namespace headrace {

// Splits points into groups of at most `limit` (each point of a group holds a worker process with its model in memory). Points
// that differ only in model or engine are compared with each other: they share a group, and where they are more than `limit`, at
// least those of one model do as long as these fit. Each inner vector holds indices into `points`.
std::vector<std::vector<size_t>> interleaving_groups(const std::vector<BenchCase>& points, size_t limit);

}  // namespace headrace
