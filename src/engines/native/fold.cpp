// Memory of a chain that works in bands. Of a tensor that only the chain's layers read, a window of rows is enough: those that
// the band computes, and those before them that it still needs (a convolution reaches back). When a band begins, these are moved
// to the window's begin. So the same few lines of memory are written again and again, and stay in the cache.
#include <algorithm>

#include "engines/native/plan.h"

namespace headrace::native {

// Read by layers of [begin, end) only, and in memory of its own.
bool Plan::foldable(const Program& program, TensorId tensor, int begin, int end) const {
  if (over_[tensor] >= 0 || std::count(over_.begin(), over_.end(), tensor) > 0) return false;
  if (!program.stands_alone(tensor) || (extents_[tensor].n > 1 && end > turn_layers_)) return false;
  for (int i = 0; i < static_cast<int>(program.layers.size()); ++i)
    if ((i < begin || i >= end) && program.layers[i]->reads(tensor)) return false;
  return true;
}

// The first row that a layer of [begin, end) has yet to read, when so many rows of each are `done`.
int Plan::first_needed(const Program& program, TensorId tensor, Range layers, const std::vector<int>& done) const {
  int first = extents_[tensor].h;
  for (int i = layers.begin; i < layers.end; ++i) {
    const auto& inputs = program.layers[i]->inputs();
    const Step& step = *stages_[i].work.step;
    for (size_t k = 0; k < inputs.size(); ++k)
      if (inputs[k] == tensor && done[i] < step.rows_per_image) first = std::min(first, step.first_input_row(k, done[i]));
  }
  return first;
}

// Follows the chain's bands, and finds what each keeps of every tensor that may be folded, and how large the windows must be.
void Plan::fold_chain(const Program& program, Range layers) {
  std::vector<TensorId> tensors;
  for (int i = layers.begin; i + 1 < layers.end; ++i)
    if (foldable(program, program.layers[i]->output(), layers.begin, layers.end)) tensors.push_back(program.layers[i]->output());
  std::vector<int> done(stages_.size()), window(program.tensors.size());
  for (size_t e = 0; e < entries_.size(); ++e) {
    const Entry& entry = entries_[e];
    if (entry.stage < layers.begin || entry.stage >= layers.end) continue;
    Band& band = bands_[entry.band];
    const int height = stages_[entry.stage].work.step->rows_per_image;
    const int picture_row = entry.rows.begin / height * height;
    if (entry.stage == layers.begin && entry.rows.begin == picture_row) done.assign(done.size(), 0);  // the next picture
    if (begins_band(e))
      for (const TensorId tensor : tensors) band.kept[tensor] = {first_needed(program, tensor, layers, done), 0};
    for (int i = layers.begin; begins_band(e) && i + 1 < layers.end; ++i)
      if (const auto kept = band.kept.find(program.layers[i]->output()); kept != band.kept.end()) kept->second.end = done[i];
    done[entry.stage] = entry.rows.end - picture_row;
    const TensorId output = program.layers[entry.stage]->output();
    if (const auto kept = band.kept.find(output); kept != band.kept.end())
      window[output] = std::max(window[output], done[entry.stage] - kept->second.begin);
  }
  for (const TensorId tensor : tensors)
    if (window[tensor] < extents_[tensor].h) window_rows_[tensor] = window[tensor];
}

// From where the rows lay in the band before.
void Plan::add_moves(const Band& before, Band& band) const {
  for (const auto& [tensor, kept] : band.kept) {
    const View& view = views_[tensor];
    const int old_first = before.kept.at(tensor).begin;
    if (window_rows_[tensor] == 0 || kept.begin == old_first || kept.size() <= 0) continue;
    const ptrdiff_t first = view.offset - view.halo.left * view.pixel;
    band.moves.push_back({first + (kept.begin - old_first) * view.row, first, static_cast<size_t>(kept.size() * view.row)});
  }
}

bool Plan::sees_window(const Layer& layer) const {
  const auto& inputs = layer.inputs();
  return (layer.output() >= 0 && window_rows_[layer.output()] > 0) ||
         std::any_of(inputs.begin(), inputs.end(), [&](TensorId input) { return window_rows_[input] > 0; });
}

void Plan::fold(const Program& program) {
  for (int i = 0; i < static_cast<int>(stages_.size()); i = group_end_[i])
    if (group_end_[i] - i > 1) fold_chain(program, {i, group_end_[i]});
  if (std::any_of(window_rows_.begin(), window_rows_.end(), [](int rows) { return rows > 0; })) {
    place(program);
    bind(program);
  }
  for (size_t e = 0; e < entries_.size(); ++e) {
    Entry& entry = entries_[e];
    entry.work = &stages_[entry.stage].work;
    if (entry.band < 0 || !sees_window(*program.layers[entry.stage])) continue;
    in_bands_.push_back(std::make_unique<Work>(work_of(program, entry.stage, &bands_[entry.band])));
    entry.work = in_bands_.back().get();
  }
  for (size_t e = 1; e < entries_.size(); ++e) {
    const Entry &before = entries_[e - 1], &entry = entries_[e];
    before.work->step->set_next_weights(entry.work->step->first_weights());
    if (begins_band(e) && group_begin_[before.stage] == group_begin_[entry.stage])
      add_moves(bands_[before.band], bands_[entry.band]);
  }
}

}  // namespace headrace::native
