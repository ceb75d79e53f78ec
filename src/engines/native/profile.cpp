#include "engines/native/profile.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "base/parallel.h"
#include "engines/native/batch_plan.h"
#include "engines/native/session.h"

namespace headrace::native {

namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double minimum(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

// Inputs and outputs in memory, random values of a normalised picture's size.
class Buffers {
 public:
  Buffers(const std::vector<Extent>& inputs, const std::vector<Extent>& outputs) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> value(-2, 2);
    for (const Extent& extent : inputs) {
      auto& input = inputs_.emplace_back(extent.elements());
      for (float& x : input) x = value(random);
      in_.push_back(reinterpret_cast<const std::byte*>(input.data()));
    }
    for (const Extent& extent : outputs)
      out_.push_back(reinterpret_cast<std::byte*>(outputs_.emplace_back(extent.elements()).data()));
  }
  Frame frame(std::byte* arena) const {
    return {.arena = arena, .inputs = in_, .outputs = out_, .first_image = 0, .stage_ns = {}};
  }

 private:
  std::vector<std::vector<float>> inputs_, outputs_;
  std::vector<const std::byte*> in_;
  std::vector<std::byte*> out_;
};

struct Times {
  std::vector<std::vector<double>> stages_us;
  std::vector<double> runs_ms;
};

Times time_runs(const BatchPlan& plan, Team& team, const std::vector<Extent>& inputs, int runs) {
  const Buffers buffers(inputs, plan.outputs());
  kernels::AlignedBytes arena(plan.memory_bytes(team.threads()));
  Times times;
  times.stages_us.resize(plan.stages().size());
  for (int run = -2; run < runs; ++run) {  // two to warm up
    std::vector<int64_t> stage_ns(plan.stages().size());
    Frame frame = buffers.frame(arena.data());
    frame.stage_ns = stage_ns;
    const auto begin = Clock::now();
    team.try_run([&](int member, int members, Barrier& barrier) { plan.run(frame, member, members, &barrier); });
    if (run < 0) continue;
    times.runs_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    for (size_t i = 0; i < stage_ns.size(); ++i) times.stages_us[i].push_back(static_cast<double>(stage_ns[i]) * 1e-3);
  }
  return times;
}

}  // namespace

Result<ModelProfile> profile_model(const std::filesystem::path& model, int threads, int batch, int runs) {
  HEADRACE_TRY(const Program program, load_program(model));
  std::vector<Extent> inputs = input_extents(program.signature);
  for (Extent& extent : inputs) extent.n = batch;
  Team team(threads > 0 ? threads : available_cpus());
  HEADRACE_TRY(const auto plan, BatchPlan::make(program, inputs, team.threads()));
  const Times times = time_runs(*plan, team, inputs, std::max(runs, 1));

  ModelProfile profile{.isa = program.kernels->isa, .threads = team.threads(), .batch = batch, .runs = std::max(runs, 1)};
  profile.scratch_bytes = plan->scratch_bytes(team.threads());
  profile.arena_bytes = plan->memory_bytes(team.threads()) - profile.scratch_bytes;
  profile.minimum_ms = minimum(times.runs_ms), profile.median_ms = median(times.runs_ms);
  for (size_t i = 0; i < plan->stages().size(); ++i) {
    const Plan::Stage& stage = plan->stages()[i];
    profile.layers.push_back({.name = std::string(stage.name),
                              .kind = std::string(stage.kind),
                              .output = to_string(stage.output),
                              .macs = stage.macs * batch / plan->stage_images(),
                              .weight_bytes = stage.work.step->weight_bytes,
                              .minimum_us = minimum(times.stages_us[i]),
                              .median_us = median(times.stages_us[i])});
    profile.weight_bytes += stage.work.step->weight_bytes;
  }
  return profile;
}

}  // namespace headrace::native
