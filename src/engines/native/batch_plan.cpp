#include "engines/native/batch_plan.h"

#include <algorithm>

namespace headrace::native {

namespace {

size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Pictures that a thread computes with one reading of the weights. More of them spare less and less of it, and need more memory.
constexpr int kMostInGroup = 4;

// Such groups of `images` that few are left over.
int group_of(int images) {
  if (images <= kMostInGroup) return images;
  return images % kMostInGroup <= images % (kMostInGroup - 1) ? kMostInGroup : kMostInGroup - 1;
}

// A model whose arithmetic hides the reading of its weights: about one byte in the time of ten multiplications.
bool worth_a_thread(const Plan& plan) {
  constexpr int64_t kMacsPerWeightByte = 16;
  int64_t macs = 0, weights = 0;
  for (const Plan::Stage& stage : plan.stages()) {
    macs += stage.macs;
    weights += static_cast<int64_t>(stage.work.step->weight_bytes);
  }
  return macs > weights * kMacsPerWeightByte;
}

// Whether every tensor that comes in or is computed has so many pictures.
bool separable(const Program& program, const std::vector<Extent>& inputs, const std::vector<Extent>& tensors, int images) {
  const auto fits = [&](const Extent& e) { return e.n == images; };
  return std::all_of(inputs.begin(), inputs.end(), fits) &&
         std::all_of(program.layers.begin(), program.layers.end(),
                     [&](const auto& layer) { return layer->output() < 0 || fits(tensors[layer->output()]); });
}

std::vector<Extent> with_images(std::vector<Extent> extents, int images) {
  for (Extent& extent : extents) extent.n = images;
  return extents;
}

}  // namespace

Result<std::unique_ptr<BatchPlan>> BatchPlan::make(const Program& program, const std::vector<Extent>& inputs, int threads) {
  auto batch = std::make_unique<BatchPlan>();
  const int images = inputs.empty() ? 1 : inputs[0].n;
  HEADRACE_TRY(const std::vector<Extent> tensors, Plan::infer(program, inputs));
  if (images > 1 && separable(program, inputs, tensors, images)) {
    batch->group_ = group_of(std::max(images / threads, 1));
    HEADRACE_TRY(batch->alone_, Plan::make(program, with_images(inputs, batch->group_), 1, Plan::Pictures::kInTurn));
    const int in_round = threads * batch->group_;
    if (worth_a_thread(*batch->alone_)) batch->alone_images_ = images / in_round * in_round;
    if (batch->alone_images_ == 0) batch->alone_ = nullptr;
  }
  batch->together_images_ = images - batch->alone_images_;
  if (batch->together_images_ > 0 || !batch->alone_) {
    HEADRACE_TRY(batch->together_,
                 Plan::make(program, batch->alone_ ? with_images(inputs, batch->together_images_) : inputs, threads));
  }
  batch->outputs_ = (batch->alone_ ? batch->alone_ : batch->together_)->outputs();
  if (batch->alone_) batch->outputs_ = with_images(batch->outputs_, images);
  return batch;
}

size_t BatchPlan::memory_bytes(int threads) const {
  const size_t alone = alone_ ? rounded(alone_->memory_bytes(1)) * static_cast<size_t>(threads) : 0;
  return std::max(alone, together_ ? together_->memory_bytes(threads) : 0);
}

size_t BatchPlan::scratch_bytes(int threads) const {
  return static_cast<size_t>(threads) * (alone_ ? alone_ : together_)->scratch_bytes();
}

void BatchPlan::run(const Frame& frame, int member, int members, Barrier* barrier) const noexcept {
  if (alone_) {
    Frame mine = frame;
    mine.arena += rounded(alone_->memory_bytes(1)) * static_cast<size_t>(member);
    if (member != 0) mine.stage_ns = {};
    const Range groups = share({0, alone_images_ / group_}, member, members);
    for (int group = groups.begin; group < groups.end; ++group) {
      mine.first_image = group * group_;
      alone_->run(mine, 0, 1, nullptr);
    }
    if (together_ && members > 1) barrier->wait();
  }
  if (together_) {
    Frame rest = frame;
    rest.first_image = alone_images_;
    together_->run(rest, member, members, barrier);
  }
}

}  // namespace headrace::native
