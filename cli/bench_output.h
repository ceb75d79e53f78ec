// What `headrace bench` prints: a table, JSON or CSV.
#pragma once

#include <string>
#include <vector>

#include "deploy/bench_choices.h"
#include "measure/bench.h"

namespace headrace::cli {

// Ratios are to the first row's throughput; the recommended setting is named where several were tried.
std::string bench_table(const std::vector<BenchResult>& results);
// `choices`: what --engine auto takes; empty where it was not asked for.
std::string bench_json(const std::vector<BenchResult>& results, const std::vector<BenchChoice>& choices);
std::string choices_text(const std::vector<BenchChoice>& choices);
std::string bench_csv(const std::vector<BenchResult>& results);

}  // namespace headrace::cli
