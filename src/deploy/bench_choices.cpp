#include "deploy/bench_choices.h"

#include <algorithm>

#include "measure/measure_engines.h"
#include "readers/onnx/read.h"

namespace headrace {
namespace {

bool same_setting(const BenchCase& a, BenchCase b) {
  b.engine = a.engine;
  return a == b;
}

Result<BenchChoice> choice_at(const BenchCase& setting, const std::vector<BenchResult>& results) {
  std::vector<const BenchResult*> points;
  for (const BenchResult& result : results)
    if (same_setting(setting, result.point)) points.push_back(&result);
  HEADRACE_TRY(const Model model, read_onnx(setting.model));
  BenchChoice made{setting, {}};
  Result<EngineChoice> choice = choose_engine(points, is_quantized(*model.graph));
  if (choice) made.choice = std::move(*choice);
  else made.choice.reason = choice.error().describe();
  made.point.engine = made.choice.engine;
  return made;
}

}  // namespace

Result<std::vector<BenchChoice>> bench_choices(const std::vector<BenchResult>& results) {
  std::vector<BenchChoice> choices;
  for (const BenchResult& result : results) {
    const auto is_here = [&](const BenchChoice& made) { return same_setting(made.point, result.point); };
    if (std::any_of(choices.begin(), choices.end(), is_here)) continue;
    HEADRACE_TRY(BenchChoice made, choice_at(result.point, results));
    choices.push_back(std::move(made));
  }
  return choices;
}

}  // namespace headrace
