#include "engines/native/tune.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "engines/native/plan.h"
#include "engines/native/tune_file.h"

namespace headrace::native {

namespace {

constexpr int kRounds = 4;
constexpr size_t kTrimBytes = size_t{4} << 20;

// A layer's tensors in memory of their own.
class Trial {
 public:
  Trial(const ConvLayer& layer, const Extent& input, const Extent& output, const kernels::KernelTable& kernels)
      : layer_(layer), kernels_(kernels) {
    const Element out = layer.spec().epilogue.output == kernels::ConvOutput::kU8 ? Element::kU8 : Element::kF32;
    const Extent extents[1] = {input};
    add(layer.is_float() ? Element::kF32 : Element::kU8, input, layer.halo(0, extents, output));
    add(out, output, {});
    if (layer.inputs().size() > 1) add(out, output, {});
    arena_ = kernels::AlignedBytes(bytes_);
  }

  // Seconds of one run with the weights in memory, where a model of some size has them when their turn comes.
  double seconds(const ConvPacking& packing) const {
    std::vector<View> inputs{views_[0]};
    if (views_.size() > 2) inputs.push_back(views_[2]);
    const auto step = layer_.bind({inputs, views_[1], kernels_}, packing);
    kernels::AlignedBytes scratch(step->scratch_bytes);
    const Frame frame{.arena = arena_.data(), .inputs = {}, .outputs = {}, .first_image = 0, .stage_ns = {}};
    const std::span<const std::byte> weights = weights_of(packing);
    for (size_t i = 0; i < weights.size(); i += 64) __builtin_ia32_clflush(&weights[i]);
    const auto begin = std::chrono::steady_clock::now();
    step->run(frame, {0, step->rows}, {0, step->slices}, scratch.data());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

 private:
  void add(Element element, const Extent& extent, const Halo& halo) {
    View view = make_view(element, extent, halo);
    const ptrdiff_t begin = static_cast<ptrdiff_t>(bytes_);
    bytes_ += static_cast<size_t>(view.image * extent.n + 191) / 64 * 64;  // kernels may read a vector further
    view.offset += begin;
    views_.push_back(view);
  }

  const ConvLayer& layer_;
  const kernels::KernelTable& kernels_;
  std::vector<View> views_;
  size_t bytes_ = 0;
  mutable kernels::AlignedBytes arena_;  // the runs' outputs mean nothing
};

struct Candidate {
  ConvWay way;
  ConvPacking packing;
  double best = 1e9;
};

// In turns, so that a disturbance meets all of them; the minimum of each counts.
Result<Candidate> measured(const ConvLayer& layer, const Trial& trial) {
  std::vector<Candidate> candidates;
  for (const ConvWay way : layer.ways()) {
    auto packing = layer.pack(way);
    if (packing.ok()) candidates.push_back({way, std::move(*packing)});
    else if (way == ConvWay::kDirect) return std::move(packing).error();
  }
  for (int round = 0; round < kRounds && candidates.size() > 1; ++round)
    for (Candidate& candidate : candidates) candidate.best = std::min(candidate.best, trial.seconds(candidate.packing));
  return std::move(
      *std::min_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.best < b.best; }));
}

std::string key_of(const ConvLayer& layer, const Extent& in, const Extent& out, const kernels::KernelTable& kernels) {
  return std::string(kernels.isa) + (layer.is_float() ? " f32 " : " u8 ") + to_string(in) + " " + to_string(out) +
         (layer.inputs().size() > 1 ? " add " : " ") + cpu_info().name;
}

// The first of the ways that suits the weights.
Status settle_as(ConvLayer& layer, std::vector<ConvWay> ways) {
  for (const ConvWay way : ways) {
    auto packing = layer.pack(way);
    if (!packing.ok() && way != ways.back()) continue;
    if (!packing.ok()) return std::move(packing).error().at(layer.name());
    layer.settle(std::move(*packing));
    break;
  }
  return Ok{};
}

// Decides, measures where it must, and then packs the weights of all layers.
class Settler {
 public:
  Settler(Program& program, const std::vector<Extent>& extents) : program_(program), extents_(extents) {}

  Status run() {
    for (const auto& layer : program_.layers)
      if (auto* conv = dynamic_cast<ConvLayer*>(layer.get()); conv != nullptr && conv->undecided()) HEADRACE_CHECK(decide(*conv));
    if (!new_ways_.empty()) remember_ways(new_ways_);
    return pack();
  }

 private:
  struct Decided {
    ConvLayer* layer;
    std::vector<ConvWay> ways;
  };

  Status decide(ConvLayer& layer) {
    std::vector<ConvWay> direct{ConvWay::kDirect};
    if (layer.ways().size() == 1) return decide_for(layer, layer.ways());
    if (const char* forced = std::getenv("HEADRACE_WINOGRAD"))
      return decide_for(layer, std::string_view(forced) == "0" ? direct : std::vector{ConvWay::kWinograd4, ConvWay::kDirect});
    if (extents_.empty()) return decide_for(layer, direct);
    const Extent &in = extents_[layer.inputs()[0]], &out = extents_[layer.output()];
    const std::string key = key_of(layer, in, out, *program_.kernels);
    const auto found = new_ways_.find(key);
    if (const auto way = found != new_ways_.end() ? std::optional(found->second) : remembered_way(key))
      return decide_for(layer, {*way, ConvWay::kDirect});
    HEADRACE_TRY(Candidate best, measured(layer, Trial(layer, in, out, *program_.kernels)));
    layer.settle(std::move(best.packing));
    new_ways_.emplace(key, best.way);
    return Ok{};
  }

  Status decide_for(ConvLayer& layer, std::vector<ConvWay> ways) {
    decided_.push_back({&layer, std::move(ways)});
    return Ok{};
  }

  // On all CPUs: packing is most of the time that loading takes.
  Status pack() {
    std::vector<Status> results(decided_.size(), Ok{});
    std::mutex mutex;
    size_t unreturned = 0;
    parallel_for(decided_.size(), 0, [&](size_t i) {
      results[i] = settle_as(*decided_[i].layer, decided_[i].ways);
      const std::lock_guard lock(mutex);
      unreturned += decided_[i].layer->weight_bytes();
      if (unreturned < kTrimBytes) return;
      return_free_memory();  // the weights as the model had them go by and by
      unreturned = 0;
    });
    for (Status& result : results) HEADRACE_CHECK(std::move(result));
    return Ok{};
  }

  Program& program_;
  const std::vector<Extent>& extents_;  // of all tensors; empty where they are not known
  std::map<std::string, ConvWay> new_ways_;
  std::vector<Decided> decided_;
};

}  // namespace

Status settle(Program& program, std::vector<Extent> inputs) {
  for (Extent& extent : inputs) extent.n = 1;
  auto extents = Plan::infer(program, inputs);  // where these do not fit the model, there is nothing to measure with
  const std::vector<Extent> known = extents.ok() ? *std::move(extents) : std::vector<Extent>{};
  HEADRACE_CHECK(Settler(program, known).run());
  return_free_memory();
  return Ok{};
}

}  // namespace headrace::native
