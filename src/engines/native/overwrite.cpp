// Residual additions whose sum stands where their addend stood. Each pixel's addend is read before its sum is written, and nobody
// reads the addend later: half the memory, and no lines that the cache must fetch only to have them overwritten.
#include <algorithm>

#include "engines/native/plan.h"

namespace headrace::native {

// Whether everyone who reads the tensor before `layer` has read a row when the layer writes over it. Of a chain, which runs a
// band of rows at a time, each layer reads the one before: who reads the tensor row by row there is never behind.
bool Plan::read_before(const Program& program, TensorId tensor, int layer) const {
  for (int i = 0; i < static_cast<int>(program.layers.size()); ++i) {
    const Layer& reader = *program.layers[i];
    if (i == layer || !reader.reads(tensor)) continue;
    if (i > layer) return false;
    const bool same_chain = group_begin_[i] == group_begin_[layer];
    if (same_chain && !(reader.row_by_row() && extents_[reader.output()].h == extents_[tensor].h)) return false;
  }
  return true;
}

// Whether the chain of `layer` keeps only a few rows of what this layer of it writes, which is better still.
bool Plan::keeps_few_rows(const Program& program, int layer) const {
  return layer + 1 < group_end_[layer] &&
         foldable(program, program.layers[layer]->output(), group_begin_[layer], group_end_[layer]);
}

void Plan::choose_overwrites(const Program& program) {
  for (int i = 0; i < static_cast<int>(program.layers.size()); ++i) {
    const Layer& layer = *program.layers[i];
    const int index = layer.overwritable_input();
    if (index < 0) continue;
    const TensorId from = layer.inputs()[index], to = layer.output();
    const bool same_shape = extents_[from] == extents_[to] && program.tensors[from].element == program.tensors[to].element &&
                            halos_[from].none() && halos_[to].none();
    const bool once = std::count(layer.inputs().begin(), layer.inputs().end(), from) == 1;
    if (same_shape && once && program.stands_alone(from) && program.stands_alone(to) && read_before(program, from, i) &&
        !keeps_few_rows(program, i) && !keeps_few_rows(program, static_cast<int>(program.producer_index(from))))
      over_[to] = from;
  }
}

}  // namespace headrace::native
