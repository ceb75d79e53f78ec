#include "kernels/pack_pairs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/clones.h"
#include "kernels/tiles/inline.h"

namespace headrace::kernels {

namespace {

constexpr int kLimit = 128;
constexpr int kHeadVectors = 2;  // bias and multipliers stand before the weights
constexpr size_t kAlignment = 64;
constexpr int kLongest = 3;                              // steps of a chain: a fourth hardly ever fits
constexpr int kWindow = 32;                              // of the chains that are not full, the latest so many are asked
constexpr int kStepBytes = 32, kPairs = kStepBytes / 2;  // a step is one vector: panels of more are not for these kernels

// Steps that are added in int16 together.
struct Chain {
  int length = 0;
  std::array<int, kLongest> steps = {};
};

// One panel at work: its steps with their weights, and how they are matched.
struct Work {
  std::vector<std::byte> head;  // bias and multipliers
  std::vector<uint32_t> steps;
  std::vector<int8_t> weights;  // [steps][kStepBytes]
  std::vector<uint8_t> loads;   // [steps][kStepBytes]: the share of the limit that each pair uses, positive and negative apart
  std::vector<Chain> chains;

  int8_t* weights_of(size_t step) { return weights.data() + step * kStepBytes; }
  uint8_t* loads_of(size_t step) { return loads.data() + step * kStepBytes; }
};

// Sums of neighbours, 255 at most. Two bytes to a 16-bit word, so that compilers see vectors.
HEADRACE_INLINE void add_neighbours(const uint8_t (&magnitudes)[kStepBytes], uint8_t* sums) {
  uint16_t words[kPairs];
  std::memcpy(words, magnitudes, kStepBytes);
  for (int p = 0; p < kPairs; ++p) words[p] = static_cast<uint16_t>((words[p] & 0xFF) + (words[p] >> 8));
  for (int p = 0; p < kPairs; ++p) sums[p] = static_cast<uint8_t>(words[p] < 255 ? words[p] : 255);
}

// Fills in the step's loads; returns the largest.
HEADRACE_INLINE int measure(const int8_t* weights, uint8_t* loads) {
  uint8_t positive[kStepBytes], negative[kStepBytes], largest = 0;
  for (int i = 0; i < kStepBytes; ++i) positive[i] = static_cast<uint8_t>(weights[i] > 0 ? weights[i] : 0);
  for (int i = 0; i < kStepBytes; ++i) negative[i] = static_cast<uint8_t>(weights[i] < 0 ? -weights[i] : 0);
  add_neighbours(positive, loads);
  add_neighbours(negative, loads + kPairs);
  for (int i = 0; i < kStepBytes; ++i) largest = loads[i] > largest ? loads[i] : largest;
  return largest;
}

// Whether two steps keep the rule together.
HEADRACE_INLINE bool fit(const uint8_t* a, const uint8_t* b) {
  uint8_t broken = 0;
  for (int i = 0; i < kStepBytes; ++i) broken |= a[i] > static_cast<uint8_t>(kLimit - b[i]) ? 1 : 0;
  return broken == 0;
}

HEADRACE_INLINE void add_loads(uint8_t* to, const uint8_t* from) {
  for (int i = 0; i < kStepBytes; ++i) to[i] = static_cast<uint8_t>(to[i] + from[i]);
}

// Moves the larger weight of every pair that breaks the rule from `main` to `extra`.
void move_offenders(const uint8_t* loads, int8_t* main, int8_t* extra) {
  for (int p = 0; p < kPairs; ++p) {
    if (std::max(loads[p], loads[kPairs + p]) <= kLimit) continue;
    const int larger = 2 * p + (std::abs(main[2 * p]) < std::abs(main[2 * p + 1]) ? 1 : 0);
    extra[larger] = std::exchange(main[larger], int8_t{0});
  }
}

// Measures all steps and splits those that break the rule.
HEADRACE_CLONES void split_steps(Work& work) {
  const size_t plain = work.steps.size();
  work.loads.resize(work.weights.size());
  for (size_t s = 0; s < plain; ++s) {
    if (measure(work.weights_of(s), work.loads_of(s)) <= kLimit) continue;
    const size_t extra = work.steps.size();
    const uint32_t same = work.steps[s];
    work.steps.push_back(same);
    work.weights.resize(work.weights.size() + kStepBytes);
    work.loads.resize(work.weights.size());
    move_offenders(work.loads_of(s), work.weights_of(s), work.weights_of(extra));
    measure(work.weights_of(s), work.loads_of(s));
    measure(work.weights_of(extra), work.loads_of(extra));
  }
}

// Appends `step` to one of the open chains, the latest first, or opens another. A chain's loads are kept in its first step's.
HEADRACE_INLINE void place_step(Work& work, std::vector<Chain>& open, int step) {
  const auto oldest = open.end() - std::min<ptrdiff_t>(kWindow, open.end() - open.begin());
  for (auto chain = open.end(); chain != oldest;) {
    --chain;
    uint8_t* loads = work.loads_of(chain->steps[0]);
    if (!fit(loads, work.loads_of(step))) continue;
    chain->steps[chain->length++] = step;
    if (chain->length < kLongest) return add_loads(loads, work.loads_of(step));
    work.chains.push_back(*chain);
    open.erase(chain);
    return;
  }
  open.push_back({1, {step}});
}

// First fit. Sorted by length in the end, the longest first.
HEADRACE_CLONES void chain_steps(Work& work) {
  std::vector<Chain> open;
  for (size_t s = 0; s < work.steps.size(); ++s) place_step(work, open, static_cast<int>(s));
  std::stable_sort(open.begin(), open.end(), [](const Chain& a, const Chain& b) { return a.length > b.length; });
  work.chains.insert(work.chains.end(), open.begin(), open.end());
}

int steps_in_chains_of(const Work& work, int length) {
  return length * static_cast<int>(std::count_if(work.chains.begin(), work.chains.end(),
                                                 [length](const Chain& chain) { return chain.length == length; }));
}

// The panel's steps and weights as they were packed, then split and matched.
Work pair_panel(const PackedConv& plain, const ConvPanel& panel) {
  Work work;
  const auto first = plain.steps.begin() + panel.first_step;
  work.steps.assign(first, first + panel.steps);
  work.head.assign(panel.data, panel.data + kHeadVectors * kStepBytes);
  const auto* weights = reinterpret_cast<const int8_t*>(panel.data) + kHeadVectors * kStepBytes;
  work.weights.assign(weights, weights + static_cast<size_t>(panel.steps) * kStepBytes);
  split_steps(work);
  chain_steps(work);
  work.loads = {};
  return work;
}

size_t panel_bytes(int steps) {
  const size_t bytes = kStepBytes * (kHeadVectors + static_cast<size_t>(steps));
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// Appends the panel's steps, in their new order, to the layer's list.
void list_steps(const Work& work, ConvPanel& panel, std::vector<uint32_t>& steps) {
  panel.steps = static_cast<int>(work.steps.size());
  panel.tripled_steps = steps_in_chains_of(work, 3);
  panel.paired_steps = steps_in_chains_of(work, 2);
  panel.first_step = static_cast<int>(steps.size());
  for (const Chain& chain : work.chains)
    for (int i = 0; i < chain.length; ++i) steps.push_back(work.steps[chain.steps[i]]);
}

void write_panel(Work& work, std::byte* out) {
  std::memcpy(out, work.head.data(), work.head.size());
  out += work.head.size();
  for (const Chain& chain : work.chains)
    for (int i = 0; i < chain.length; ++i, out += kStepBytes) std::memcpy(out, work.weights_of(chain.steps[i]), kStepBytes);
}

// Moves all panels to memory of their new lengths. `longer`: those that are not written yet; the others are empty.
void make_room(PackedConv& packed, std::vector<Work>& longer) {
  size_t bytes = 0;
  for (const ConvPanel& panel : packed.panels) bytes += panel_bytes(panel.steps);
  AlignedBytes all(bytes);
  std::byte* out = all.data();
  for (size_t i = 0; i < longer.size(); ++i) {
    ConvPanel& panel = packed.panels[i];
    if (longer[i].chains.empty()) std::memcpy(out, panel.data, panel_bytes(panel.steps));
    else write_panel(longer[i], out);
    panel.data = out;
    out += panel_bytes(panel.steps);
  }
  packed.bytes = std::move(all);
}

}  // namespace

PackedConv pair_steps(PackedConv packed) {
  std::vector<uint32_t> steps;
  std::vector<Work> longer(packed.panels.size());
  bool any_longer = false;
  for (size_t i = 0; i < longer.size(); ++i) {
    ConvPanel& panel = packed.panels[i];
    Work work = pair_panel(packed, panel);
    const bool fits = work.steps.size() == static_cast<size_t>(panel.steps);
    list_steps(work, panel, steps);
    if (fits) write_panel(work, packed.writable(panel));
    else longer[i] = std::move(work), any_longer = true;
  }
  packed.steps = std::move(steps);
  if (any_longer) make_room(packed, longer);
  return packed;
}

}  // namespace headrace::kernels
