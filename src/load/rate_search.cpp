#include "load/rate_search.h"

#include <cmath>

namespace headrace::load {
namespace {

constexpr double kInTime = 0.99;

// The bounds of the answer so far.
struct Bracket {
  double holds = 0;  // the largest rate that holds; 0: none yet
  double fails = 0;  // the smallest above it that does not; 0: none yet
};

// Twice the last that holds, half the first that does not, the (geometric) middle of both.
double next_rate(const Bracket& bracket) {
  if (bracket.fails == 0) return 2 * bracket.holds;
  if (bracket.holds == 0) return bracket.fails / 2;
  return std::sqrt(bracket.holds * bracket.fails);
}

bool is_narrow(const Bracket& bracket, double precision) {
  return bracket.holds > 0 && bracket.fails > 0 && bracket.fails - bracket.holds <= precision * bracket.fails;
}

std::string note_of(const Bracket& bracket, const RateSearch& search, const std::vector<RatePoint>& tried) {
  const std::string points = std::to_string(tried.size()) + " rates tried";
  for (const RatePoint& point : tried)
    if (point.tester_behind && point.rate == bracket.fails)
      return "limited by the tester, which could not keep up with more; " + points;
  if (bracket.holds == 0) return "no rate tried holds the bound; " + points;
  if (!is_narrow(bracket, search.precision)) return "stopped before it was precise; " + points;
  return points;
}

}  // namespace

bool holds(const RatePoint& point) { return point.in_time_share >= kInTime; }

Result<RateFound> find_rate(const RateSearch& search, const std::function<Result<RatePoint>(double)>& measure) {
  RateFound found;
  Bracket bracket;
  double rate = search.first;
  while (static_cast<int>(found.tried.size()) < search.most_points && !is_narrow(bracket, search.precision) &&
         rate >= search.lowest) {
    HEADRACE_TRY(const RatePoint point, measure(rate));
    found.tried.push_back(point);
    (holds(point) ? bracket.holds : bracket.fails) = rate;
    rate = next_rate(bracket);
  }
  found.rate = bracket.holds;
  found.note = note_of(bracket, search, found.tried);
  return found;
}

}  // namespace headrace::load
