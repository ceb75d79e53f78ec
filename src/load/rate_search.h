// The largest rate at which a server answers 99 % of the requests within a bound: exponential rise, then bisection.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace::load {

// One rate, tried.
struct RatePoint {
  double rate = 0;
  double in_time_share = 0;    // of all requests that were due
  bool tester_behind = false;  // the tester itself was late: where the point does not hold, it may be its fault
};

struct RateSearch {
  double first = 1;         // the rate to begin with, above 0
  double lowest = 0;        // below which nothing is tried: too few requests to tell 99 % from all
  double precision = 0.05;  // the answer's distance to the lowest rate that does not hold, at most
  int most_points = 16;     // tried in all
};

struct RateFound {
  double rate = 0;   // 0: not even the lowest rate tried holds the bound
  std::string note;  // what limits the answer
  std::vector<RatePoint> tried;
};

// `measure` gives the point of a rate; its errors end the search.
Result<RateFound> find_rate(const RateSearch& search, const std::function<Result<RatePoint>(double rate)>& measure);

// Whether 99 % were answered in time. That the tester was late makes it no easier: latencies count from when requests were due.
bool holds(const RatePoint& point);

}  // namespace headrace::load
