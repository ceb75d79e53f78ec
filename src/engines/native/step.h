// A layer at work on tensors of known extents: what threads run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace headrace::native {

// Where one run finds its memory.
struct Frame {
  std::byte* arena = nullptr;
  std::span<const std::byte* const> inputs;  // the caller's tensors, in the signature's order
  std::span<std::byte* const> outputs;
  int first_image = 0;          // which of the caller's pictures is the plan's first
  std::span<int64_t> stage_ns;  // where to add each stage's time; empty: nowhere
};

struct Range {
  int begin = 0, end = 0;
  int size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

// Of `whole`, cut as evenly as it goes among `members`.
inline Range share(Range whole, int member, int members) {
  const auto edge = [&](int m) { return whole.begin + static_cast<int>(int64_t{whole.size()} * m / members); };
  return {edge(member), edge(member + 1)};
}

class Step {
 public:
  virtual ~Step() = default;

  // Work comes as a grid: rows of the output of all pictures (image * height + y), and slices, independent parts of every row.
  int rows = 0, slices = 1;
  int rows_per_image = 1;
  size_t scratch_bytes = 0;  // that every thread must bring (64-byte aligned)
  size_t weight_bytes = 0;
  // Multiples of this many rows, counted from a picture's first, are not to be cut (Winograd tiles).
  int row_unit = 1;

  // Computes the part of the grid. Parts may run at the same time. The result of a part does not depend on the cut.
  virtual void run(const Frame& frame, Range rows, Range slices, std::byte* scratch) const noexcept = 0;
  // How many rows of a picture of input `index` must be there before the output's first `end` rows of it can be computed.
  virtual int input_rows(size_t /*index*/, int end) const { return end; }
  // The first row of input `index` that the output's rows from `begin` on need.
  virtual int first_input_row(size_t /*index*/, int begin) const { return begin; }
  // What the next step will read first, to be fetched while this one ends.
  virtual std::span<const std::byte> first_weights() const { return {}; }
  virtual void set_next_weights(std::span<const std::byte> /*weights*/) {}
};

}  // namespace headrace::native
