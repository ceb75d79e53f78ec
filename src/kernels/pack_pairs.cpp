#include "kernels/pack_pairs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace headrace::kernels {

namespace {

constexpr int kLimit = 128;
constexpr int kHeadVectors = 2;  // bias and multipliers stand before the weights
constexpr size_t kAlignment = 64;
constexpr int kLongest = 3;  // steps of a chain: a fourth hardly ever fits
constexpr int kWindow = 32;  // of the chains that are not full, the latest so many are asked
constexpr int kBlock = 16;   // loads are compared so many at a time: what a vector of the baseline holds

// Steps that are added in int16 together.
struct Chain {
  int length = 0;
  std::array<int, kLongest> steps = {};
};

// One panel at work: its steps with their weights, and how they are matched.
struct Work {
  int step_bytes = 0;
  std::vector<ConvStep> steps;
  std::vector<int8_t> weights;  // [steps][step_bytes]
  std::vector<uint8_t> loads;   // [steps][step_bytes]: the share of the limit that each pair uses, positive and negative apart
  std::vector<Chain> chains;

  int8_t* weights_of(size_t step) { return weights.data() + step * step_bytes; }
  uint8_t* loads_of(size_t step) { return loads.data() + step * step_bytes; }
};

// Fills in the step's loads; returns the largest. Two weights to a 16-bit word, so that compilers see vectors.
int measure(const int8_t* weights, uint8_t* loads, int step_bytes) {
  const int pairs = step_bytes / 2;
  int largest = 0;
  for (int p = 0; p < pairs; ++p) {
    int16_t word;
    std::memcpy(&word, weights + 2 * p, 2);
    const int16_t low = static_cast<int8_t>(word), high = static_cast<int16_t>(word >> 8), none = 0;
    const int16_t positive = static_cast<int16_t>(std::max(low, none) + std::max(high, none));
    const int16_t negative = static_cast<int16_t>(-std::min(low, none) - std::min(high, none));
    loads[p] = static_cast<uint8_t>(positive);
    loads[pairs + p] = static_cast<uint8_t>(std::min<int16_t>(negative, 255));
  }
  for (int i = 0; i < step_bytes; ++i) largest = std::max<int>(largest, loads[i]);
  return largest;
}

// Whether two steps keep the rule together.
bool fit(const uint8_t* a, const uint8_t* b, int step_bytes) {
  for (int i = 0; i < step_bytes; i += kBlock) {
    int broken = 0;
    for (int j = i; j < i + kBlock; ++j) broken |= a[j] > static_cast<uint8_t>(kLimit - b[j]);
    if (broken != 0) return false;
  }
  return true;
}

void add_loads(uint8_t* to, const uint8_t* from, int step_bytes) {
  for (int i = 0; i < step_bytes; ++i) to[i] = static_cast<uint8_t>(to[i] + from[i]);
}

// Moves the larger weight of every pair that breaks the rule from `main` to `extra`.
void move_offenders(const uint8_t* loads, int step_bytes, int8_t* main, int8_t* extra) {
  const int pairs = step_bytes / 2;
  for (int p = 0; p < pairs; ++p) {
    if (std::max(loads[p], loads[pairs + p]) <= kLimit) continue;
    const int larger = 2 * p + (std::abs(main[2 * p]) < std::abs(main[2 * p + 1]) ? 1 : 0);
    extra[larger] = std::exchange(main[larger], int8_t{0});
  }
}

// Measures all steps and splits those that break the rule.
void split_steps(Work& work) {
  const size_t plain = work.steps.size();
  work.loads.resize(work.weights.size());
  for (size_t s = 0; s < plain; ++s) {
    if (measure(work.weights_of(s), work.loads_of(s), work.step_bytes) <= kLimit) continue;
    const size_t extra = work.steps.size();
    const ConvStep same = work.steps[s];
    work.steps.push_back(same);
    work.weights.resize(work.weights.size() + work.step_bytes);
    work.loads.resize(work.weights.size());
    move_offenders(work.loads_of(s), work.step_bytes, work.weights_of(s), work.weights_of(extra));
    measure(work.weights_of(s), work.loads_of(s), work.step_bytes);
    measure(work.weights_of(extra), work.loads_of(extra), work.step_bytes);
  }
}

// Appends `step` to one of the open chains, the latest first, or opens another. A chain's loads are kept in its first step's.
void place_step(Work& work, std::vector<Chain>& open, int step) {
  const auto oldest = open.end() - std::min<ptrdiff_t>(kWindow, open.end() - open.begin());
  for (auto chain = open.end(); chain != oldest;) {
    --chain;
    uint8_t* loads = work.loads_of(chain->steps[0]);
    if (!fit(loads, work.loads_of(step), work.step_bytes)) continue;
    chain->steps[chain->length++] = step;
    if (chain->length < kLongest) return add_loads(loads, work.loads_of(step), work.step_bytes);
    work.chains.push_back(*chain);
    open.erase(chain);
    return;
  }
  open.push_back({1, {step}});
}

// First fit. Sorted by length in the end, the longest first.
void chain_steps(Work& work) {
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
Work pair_panel(const ConvGeometry& geometry, const PackedConv& plain, const ConvPanel& panel) {
  Work work;
  work.step_bytes = panel.vectors * geometry.lanes * 4;
  const auto first = plain.steps.begin() + panel.first_step;
  work.steps.assign(first, first + panel.steps);
  const auto* weights = reinterpret_cast<const int8_t*>(panel.data) + kHeadVectors * work.step_bytes;
  work.weights.assign(weights, weights + static_cast<size_t>(panel.steps) * work.step_bytes);
  split_steps(work);
  chain_steps(work);
  return work;
}

size_t bytes_of(const Work& work) {
  const size_t bytes = work.step_bytes * (kHeadVectors + work.steps.size());
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// Writes the panel to `out`, its steps in their new order, and appends them to the layer's list.
void write_panel(Work& work, const std::byte* head, std::byte* out, std::vector<ConvStep>& steps) {
  std::memcpy(out, head, kHeadVectors * work.step_bytes);
  out += kHeadVectors * work.step_bytes;
  for (const Chain& chain : work.chains)
    for (int i = 0; i < chain.length; ++i, out += work.step_bytes) {
      steps.push_back(work.steps[chain.steps[i]]);
      std::memcpy(out, work.weights_of(chain.steps[i]), work.step_bytes);
    }
}

}  // namespace

PackedConv pair_steps(const ConvGeometry& geometry, const PackedConv& plain) {
  PackedConv packed;
  packed.panels = plain.panels;
  std::vector<Work> all;
  size_t bytes = 0, steps = 0;
  for (const ConvPanel& panel : plain.panels) {
    all.push_back(pair_panel(geometry, plain, panel));
    bytes += bytes_of(all.back());
    steps += all.back().steps.size();
  }
  packed.bytes = AlignedBytes(bytes);
  packed.steps.reserve(steps);
  std::byte* out = packed.bytes.data();
  for (size_t i = 0; i < all.size(); ++i) {
    ConvPanel& panel = packed.panels[i];
    panel.steps = static_cast<int>(all[i].steps.size());
    panel.tripled_steps = steps_in_chains_of(all[i], 3);
    panel.paired_steps = steps_in_chains_of(all[i], 2);
    panel.first_step = static_cast<int>(packed.steps.size());
    panel.data = out;
    write_panel(all[i], plain.panels[i].data, out, packed.steps);
    out += bytes_of(all[i]);
  }
  return packed;
}

}  // namespace headrace::kernels
