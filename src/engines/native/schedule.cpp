// The order of work. Where activations are larger than the cache and weights are small, several layers run depth-first: a band
// of rows goes through all of them before the next band begins, so that what one writes is still in the cache when the next reads
// it.
#include <algorithm>

#include "base/cpu.h"
#include "engines/native/plan.h"

namespace headrace::native {

namespace {

// Of the second-level cache, what a chain's weights may take, and its bands. (Twice the bands in 2 MB: 0.97 of the time.)
constexpr size_t kChainWeights = size_t{256} << 10;
size_t bytes_of_band() { return std::clamp<size_t>(cpu_info().level2_cache_bytes / 8 * 3, size_t{384} << 10, size_t{768} << 10); }
// Tensors smaller than this stay in the cache anyway.
constexpr size_t kLargeTensor = size_t{512} << 10;

size_t tensor_bytes(const Extent& e, Element element) { return static_cast<size_t>(e.h) * e.w * e.c * size_of(element); }

}  // namespace

void Plan::group(const Program& program) {
  const int count = static_cast<int>(program.layers.size());
  group_begin_.resize(count), group_end_.resize(count);
  const auto large = [&](int i) {
    const TensorId out = program.layers[i]->output();
    return out >= 0 && tensor_bytes(extents_[out], program.tensors[out].element) >= kLargeTensor;
  };
  for (int begin = 0; begin < count;) {
    int end = begin + 1;
    size_t weights = program.layers[begin]->weight_bytes();
    // A chain goes on while what its last layer wrote is large, and the next reads it row by row.
    while (end < count && large(end - 1) && chainable(*program.layers[end]) && chainable(*program.layers[end - 1])) {
      const bool reads_last = program.layers[end]->reads(program.layers[end - 1]->output());
      weights += program.layers[end]->weight_bytes();
      if (!reads_last || weights > kChainWeights) break;
      ++end;
    }
    for (int i = begin; i < end; ++i) group_begin_[i] = begin, group_end_[i] = end;
    begin = end;
  }
}

bool Plan::chainable(const Layer& layer) {
  const std::string_view kind = layer.kind();
  return kind == "conv" || kind == "winograd" || kind == "depthwise" || kind == "add" || kind == "table" ||
         kind == "activation" || kind == "max_pool" || kind == "average_pool" || kind == "scale_shift" || kind == "import";
}

// A picture that passes a layer alone reads the layer's weights anew; one of many that pass together finds its activations no
// longer in the cache. Networks begin with large pictures and few weights, and end the other way round: the change is where the
// bytes read and written are fewest.
void Plan::choose_turns(const Program& program, int images) {
  const auto bytes_of = [&](TensorId t) { return static_cast<int64_t>(tensor_bytes(extents_[t], program.tensors[t].element)); };
  int64_t saved = 0, most = 0;
  for (int i = 0; i < static_cast<int>(program.layers.size()); ++i) {
    const Layer& layer = *program.layers[i];
    for (const TensorId input : layer.inputs()) saved += bytes_of(input);
    if (layer.output() >= 0) saved += bytes_of(layer.output());
    saved -= static_cast<int64_t>(layer.weight_bytes());
    if (saved > most && group_end_[i] == i + 1) most = saved, turn_layers_ = i + 1;
  }
  turns_ = images;
}

// Layers that read row by row what the layer before wrote. A chain as a whole is joined to nothing.
void Plan::join(const Program& program) {
  const int count = static_cast<int>(program.layers.size());
  joined_.resize(count);
  for (int i = 1; i < count; ++i) {
    const Layer& layer = *program.layers[i];
    const bool same_chain = group_begin_[i] == group_begin_[i - 1];
    const bool both_alone = group_end_[i] - group_begin_[i] == 1 && group_end_[i - 1] - group_begin_[i - 1] == 1;
    joined_[i] = i != turn_layers_ && layer.row_by_row() && (same_chain || both_alone) &&
                 std::all_of(layer.inputs().begin(), layer.inputs().end(),
                             [&](TensorId input) { return extents_[input].h == extents_[layer.output()].h; });
  }
}

// The layers whose tensors are in use at the same time: a chain, or a row of joined layers.
Range Plan::section(int layer) const {
  Range range{group_begin_[layer], group_end_[layer]};
  while (range.begin > 0 && joined_[range.begin]) --range.begin;
  while (range.end < static_cast<int>(joined_.size()) && joined_[range.end]) ++range.end;
  return range;
}

// Rows of each stage of [begin, end) that must be done before `rows` rows of the last one can be.
void Plan::demand(const Program& program, int begin, int end, int rows, std::vector<int>& need) const {
  for (int i = begin; i < end; ++i) need[i] = 0;
  need[end - 1] = rows;
  for (int i = end - 1; i > begin; --i) {
    const auto& inputs = program.layers[i]->inputs();
    for (size_t k = 0; k < inputs.size(); ++k)
      for (int j = begin; j < i; ++j)
        if (program.layers[j]->output() == inputs[k]) need[j] = std::max(need[j], stages_[i].work.step->input_rows(k, need[i]));
  }
}

void Plan::schedule_chain(const Program& program, Range layers, Range pictures, int threads) {
  const int begin = layers.begin, end = layers.end, rows = stages_[end - 1].work.step->rows_per_image;
  size_t bytes = 0;
  for (int i = begin; i < end; ++i)
    bytes += tensor_bytes(extents_[program.layers[i]->output()], program.tensors[program.layers[i]->output()].element);
  const size_t band_bytes = bytes_of_band() * static_cast<size_t>(threads);  // each thread has its part of it
  const int bands = std::clamp<int>(static_cast<int>((bytes + band_bytes - 1) / band_bytes), 1, std::max(1, rows / 4));
  std::vector<int> need(stages_.size()), done(stages_.size());
  for (int n = pictures.begin; n < pictures.end; ++n) {
    for (int i = begin; i < end; ++i) done[i] = 0;
    for (int band = 1; band <= bands; ++band) {
      bands_.emplace_back();
      demand(program, begin, end, rows * band / bands, need);
      for (int i = begin; i < end; ++i) {
        const Step& step = *stages_[i].work.step;
        const int height = step.rows_per_image;
        int until = band == bands ? height : std::min(height, (need[i] + step.row_unit - 1) / step.row_unit * step.row_unit);
        if (until <= done[i]) continue;
        const Range rows_now{n * height + done[i], n * height + until};
        const bool same_rows = i > begin && entries_.back().stage == i - 1 && entries_.back().rows == rows_now;
        entries_.push_back({i, rows_now, same_rows && joined_[i], static_cast<int>(bands_.size()) - 1});
        done[i] = until;
      }
    }
  }
}

// Of one picture; -1: of all.
void Plan::schedule_layers(const Program& program, Range layers, int picture, int threads) {
  for (int i = layers.begin; i < layers.end; i = group_end_[i]) {
    const Step& step = *stages_[i].work.step;
    const Range pictures = picture < 0 ? Range{0, step.rows / step.rows_per_image} : Range{picture, picture + 1};
    const Range rows{pictures.begin * step.rows_per_image, pictures.end * step.rows_per_image};
    if (group_end_[i] - i > 1) schedule_chain(program, {i, group_end_[i]}, pictures, threads);
    else entries_.push_back({i, rows, joined_[i]});
  }
}

void Plan::schedule(const Program& program, int threads) {
  for (int picture = 0; picture < turns_; ++picture) schedule_layers(program, {0, turn_layers_}, picture, threads);
  schedule_layers(program, {turn_layers_, static_cast<int>(stages_.size())}, -1, threads);
}

}  // namespace headrace::native
