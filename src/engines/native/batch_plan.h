// A whole batch at work. Pictures do not depend on each other: where each is work enough, threads take groups of whole pictures,
// every thread in memory of its own, and do not wait for each other. What does not divide among them, and batches of little work
// on large weights, they compute together, step by step.
#pragma once

#include <memory>
#include <vector>

#include "engines/native/plan.h"

namespace headrace::native {

class BatchPlan {
 public:
  // `inputs`: the extents of the caller's tensors, in the signature's order. Errors: those of Plan::make().
  static Result<std::unique_ptr<BatchPlan>> make(const Program& program, const std::vector<Extent>& inputs, int threads);

  const std::vector<Extent>& outputs() const { return outputs_; }
  // What a run by so many threads needs, and how much of it is scratch.
  size_t memory_bytes(int threads) const;
  size_t scratch_bytes(int threads) const;

  // One member's share. All members of the team call it with the same frame; `frame.arena`: memory_bytes(members) at least.
  void run(const Frame& frame, int member, int members, Barrier* barrier) const noexcept;

  // The stages that pictures go through, of a plan for stage_images() of them.
  const std::vector<Plan::Stage>& stages() const { return (alone_ ? alone_ : together_)->stages(); }
  int stage_images() const { return alone_ ? group_ : together_images_; }

 private:
  std::vector<Extent> outputs_;
  int group_ = 1;  // pictures that a thread takes at a time
  int alone_images_ = 0, together_images_ = 0;
  std::unique_ptr<Plan> alone_;     // for one group, one thread; nullptr without such
  std::unique_ptr<Plan> together_;  // for the rest; nullptr when there is none
};

}  // namespace headrace::native
