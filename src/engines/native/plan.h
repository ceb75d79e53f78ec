// A program for inputs of known extents: where every tensor lies in one arena, and which step runs when.
//
// Several pictures go through a layer together, so that its weights are read once for all of them; or one after the other through
// several layers, so that what these write stays in the cache, in memory that the next picture uses again.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engines/native/program.h"
#include "engines/native/team.h"

namespace headrace::native {

class Plan {
 public:
  // kInTurn: pictures pass the first layers one after the other, as far as that spares more memory traffic than it costs. For one
  // thread, and where every tensor has all pictures.
  enum class Pictures { kTogether, kInTurn };

  // `inputs`: the extents of the caller's tensors, in the signature's order. `threads`: how many will run it, as a rule; each
  // has a cache of its own.
  // Errors: invalid_data when they do not fit the model, naming the layer.
  static Result<std::unique_ptr<Plan>> make(const Program& program, const std::vector<Extent>& inputs, int threads,
                                            Pictures pictures = Pictures::kTogether);

  // Of every tensor of the program. Errors as for make().
  static Result<std::vector<Extent>> infer(const Program& program, const std::vector<Extent>& inputs);

  const std::vector<Extent>& outputs() const { return outputs_; }
  size_t arena_bytes() const { return arena_bytes_; }
  size_t scratch_bytes() const { return scratch_bytes_; }  // of every thread
  // What a run by so many threads needs: the arena, and behind it the scratch of each.
  size_t memory_bytes(int threads) const { return arena_bytes_ + static_cast<size_t>(threads) * scratch_bytes_; }

  struct Work;
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
    bool joined;    // each thread needs only what it computed itself in the entry before, if both are cut alike
    int band = -1;  // of a chain; -1: the stage works on whole tensors
    const Work* work = nullptr;
  };
  // Rows that go to where the next band wants them.
  struct Move {
    ptrdiff_t from, to;  // in the arena
    size_t bytes;
  };
  struct Band {
    std::map<TensorId, Range> kept;  // rows that are there when it begins and are still needed; from the first one on, a window
    std::vector<Move> moves;
  };

  Status set_extents(const Program& program, const std::vector<Extent>& inputs);
  void group(const Program& program);
  void choose_turns(const Program& program, int images);
  void join(const Program& program);
  Range section(int layer) const;
  bool read_before(const Program& program, TensorId tensor, int layer) const;
  bool keeps_few_rows(const Program& program, int layer) const;
  void choose_overwrites(const Program& program);
  TensorId root_of(const Program& program, TensorId tensor) const;
  void place(const Program& program);
  void bind(const Program& program);
  static bool chainable(const Layer& layer);
  void demand(const Program& program, int begin, int end, int rows, std::vector<int>& need) const;
  void schedule_chain(const Program& program, Range layers, Range pictures, int threads);
  void schedule_layers(const Program& program, Range layers, int picture, int threads);
  void schedule(const Program& program, int threads);
  bool foldable(const Program& program, TensorId tensor, int begin, int end) const;
  int first_needed(const Program& program, TensorId tensor, Range layers, const std::vector<int>& done) const;
  void fold_chain(const Program& program, Range layers);
  void add_moves(const Band& before, Band& band) const;
  void fold(const Program& program);
  bool begins_band(size_t entry) const {
    return entries_[entry].band >= 0 && (entry == 0 || entries_[entry - 1].band != entries_[entry].band);
  }
  bool sees_window(const Layer& layer) const;
  Work work_of(const Program& program, int layer, const Band* band) const;
  bool waits_before(size_t entry, int members) const;
  static void begin_band(const Band& band, const Frame& frame, int member, int members, Barrier* barrier);
  void run_entry(const Frame& frame, const Entry& entry, std::byte* scratch, int member, int members) const noexcept;

  std::vector<Extent> extents_;  // of every tensor
  std::vector<Halo> halos_;
  std::vector<View> views_;
  std::vector<Extent> outputs_;
  std::vector<int> group_begin_, group_end_;  // of every layer: the chain it runs in
  int turns_ = 0, turn_layers_ = 0;           // so many pictures take turns, with so many of the first layers
  std::vector<bool> joined_;                  // to the layer before: threads may go on to it without waiting for each other
  std::vector<TensorId> over_;                // of every tensor: the one whose place it takes; -1: none
  std::vector<Stage> stages_;
  std::vector<Entry> entries_;
  std::vector<Band> bands_;
  std::vector<int> window_rows_;                 // of every tensor: how many rows are kept at a time; 0: all
  std::vector<std::unique_ptr<Work>> in_bands_;  // of entries that see tensors as a band has them
  size_t arena_bytes_ = 0, scratch_bytes_ = 0;
};

// A layer bound to memory.
struct Plan::Work {
  std::unique_ptr<Step> step;
  Rim rim;
  bool has_rim = false;
};

struct Plan::Stage {
  Work work;
  std::string_view name, kind;
  Extent output;
  int64_t macs = 0;
};

}  // namespace headrace::native
