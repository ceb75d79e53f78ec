#include "measure/bench_schedule.h"

#include <algorithm>
#include <functional>

namespace headrace {
namespace {

using Indices = std::vector<size_t>;

// Classes of points that `same` takes as equal, in the order of their first members.
std::vector<Indices> classes_of(const Indices& members, const std::function<bool(size_t, size_t)>& same) {
  std::vector<Indices> classes;
  for (const size_t index : members) {
    const auto found = std::find_if(classes.begin(), classes.end(), [&](const Indices& one) { return same(one.front(), index); });
    if (found != classes.end()) {
      found->push_back(index);
    } else {
      classes.push_back({index});
    }
  }
  return classes;
}

// Appends `members` to the last group, or to a new one when they would not fit there.
void pack(std::vector<Indices>& groups, const Indices& members, size_t limit) {
  if (groups.empty() || groups.back().size() + members.size() > limit) groups.emplace_back();
  for (const size_t index : members) {
    if (groups.back().size() == limit) groups.emplace_back();
    groups.back().push_back(index);
  }
}

bool same_load(const BenchCase& a, const BenchCase& b) {
  return a.threads == b.threads && a.batch == b.batch && a.clients == b.clients && a.sessions == b.sessions;
}

}  // namespace

std::vector<Indices> interleaving_groups(const std::vector<BenchCase>& points, size_t limit) {
  Indices all(points.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<Indices> groups;
  for (const Indices& load : classes_of(all, [&](size_t a, size_t b) { return same_load(points[a], points[b]); })) {
    if (load.size() <= limit) {
      pack(groups, load, limit);
      continue;
    }
    for (const Indices& model : classes_of(load, [&](size_t a, size_t b) { return points[a].model == points[b].model; }))
      pack(groups, model, limit);
  }
  return groups;
}

}  // namespace headrace
