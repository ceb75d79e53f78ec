// A program for inputs of known extents: where every tensor lies in one arena, and which step runs when.
#pragma once

#include <memory>
#include <vector>

#include "engines/native/program.h"
#include "engines/native/team.h"

namespace headrace::native {

class Plan {
 public:
  // `inputs`: the extents of the caller's tensors, in the signature's order. `threads`: how many will run it, as a rule; each
  // has a cache of its own.
  // Errors: invalid_data when they do not fit the model, naming the layer.
  static Result<std::unique_ptr<Plan>> make(const Program& program, const std::vector<Extent>& inputs, int threads);

  // Of every tensor of the program. Errors as for make().
  static Result<std::vector<Extent>> infer(const Program& program, const std::vector<Extent>& inputs);

  const std::vector<Extent>& outputs() const { return outputs_; }
  size_t arena_bytes() const { return arena_bytes_; }
  size_t scratch_bytes() const { return scratch_bytes_; }  // of every thread
  // What a run by so many threads needs: the arena, and behind it the scratch of each.
  size_t memory_bytes(int threads) const { return arena_bytes_ + static_cast<size_t>(threads) * scratch_bytes_; }

  struct Stage;
  const std::vector<Stage>& stages() const { return stages_; }

  // One member's share of everything. All members of the team call it with the same frame.
  // `frame.arena`: memory_bytes(members) at least.
  void run(const Frame& frame, int member, int members, Barrier* barrier) const noexcept;

 private:
  // The halo that a step's output needs, filled by whoever computes its rows.
  struct Rim {
    View view;
    uint32_t fill = 0;  // the bytes of an element
  };
  // A stage at work on some of its rows.
  struct Entry {
    int stage;
    Range rows;
    bool joined;  // each thread needs only what it computed itself in the entry before, if both are cut alike
  };

  Status set_extents(const Program& program, const std::vector<Extent>& inputs);
  void group(const Program& program);
  void join(const Program& program);
  Range section(int layer) const;
  void place(const Program& program);
  void bind(const Program& program);
  static bool chainable(const Layer& layer);
  void demand(const Program& program, int begin, int end, int rows, std::vector<int>& need) const;
  void schedule_chain(const Program& program, int begin, int end, int threads);
  void schedule(const Program& program, int threads);
  bool waits_before(size_t entry, int members) const;
  void run_entry(const Frame& frame, const Entry& entry, std::byte* scratch, int member, int members) const noexcept;

  std::vector<Extent> extents_;  // of every tensor
  std::vector<Halo> halos_;
  std::vector<View> views_;
  std::vector<Extent> outputs_;
  std::vector<int> group_begin_, group_end_;  // of every layer: the chain it runs in
  std::vector<bool> joined_;                  // to the layer before: threads may go on to it without waiting for each other
  std::vector<Stage> stages_;
  std::vector<Entry> entries_;
  size_t arena_bytes_ = 0, scratch_bytes_ = 0;
};

struct Plan::Stage {
  std::unique_ptr<Step> step;
  Rim rim;
  bool has_rim = false;
  std::string_view name, kind;
  Extent output;
  int64_t macs = 0;
};

}  // namespace headrace::native
