#include "engines/native/plan.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>

#include "engines/native/arena.h"
#include "engines/native/layers/conv.h"
#include "engines/native/layers/move.h"

namespace headrace::native {

namespace {

// Behind every tensor: kernels may read a vector further than they need.
constexpr size_t kSlack = 128;

uint32_t fill_bytes(const TensorInfo& info) {
  if (info.element == Element::kU8) return static_cast<uint8_t>(info.fill) * 0x01010101u;
  return std::bit_cast<uint32_t>(info.fill);
}

void fill(std::byte* begin, ptrdiff_t bytes, uint32_t pattern) {
  if (pattern == (pattern & 0xFF) * 0x01010101u) {
    std::memset(begin, static_cast<int>(pattern & 0xFF), bytes);
    return;
  }
  for (ptrdiff_t i = 0; i < bytes; i += 4) std::memcpy(begin + i, &pattern, 4);
}

// The rim beside rows [begin, end) of all pictures, and above and below where they are a picture's first and last.
void fill_rim(const View& view, uint32_t pattern, std::byte* arena, Range rows) {
  const Halo& halo = view.halo;
  for (int r = rows.begin; r < rows.end; ++r) {
    const int n = r / view.extent.h, y = r % view.extent.h;
    std::byte* row = view.at(arena, n, y) - halo.left * view.pixel;
    fill(row, halo.left * view.pixel, pattern);
    fill(row + (halo.left + view.extent.w) * view.pixel, halo.right * view.pixel, pattern);
    if (y == 0) fill(row - halo.top * view.row, halo.top * view.row, pattern);
    if (y == view.extent.h - 1) fill(row + view.row, halo.bottom * view.row, pattern);
  }
}

// Cut between the step's units of rows, which begin anew with every picture.
Range share_rows(const Step& step, Range rows, int member, int members) {
  const int height = step.rows_per_image, unit = step.row_unit, per_image = (height + unit - 1) / unit;
  const auto unit_of = [&](int row) { return row / height * per_image + (row % height + unit - 1) / unit; };
  const auto row_of = [&](int u) { return u / per_image * height + std::min(height, u % per_image * unit); };
  const Range units = share({unit_of(rows.begin), unit_of(rows.end)}, member, members);
  return {row_of(units.begin), row_of(units.end)};
}

// The larger part of `count` equal pieces of work that one of `members` gets.
double largest_share(int count, int members) { return static_cast<double>((count + members - 1) / members) / count; }

// Rows stay with the thread whose cache holds the rows before them; slices share out the weights. Whichever is more even;
// with heavy weights, each thread had better read only its part of them.
bool split_by_slices(const Step& step, Range rows, int members) {
  constexpr size_t kHeavy = size_t{1} << 20;
  if (step.slices < members) return false;
  const double by_rows = largest_share((rows.size() + step.row_unit - 1) / step.row_unit, members);
  const double by_slices = largest_share(step.slices, members);
  return by_slices < by_rows || (by_slices == by_rows && step.weight_bytes > kHeavy);
}

}  // namespace

// Whose memory it is.
TensorId Plan::root_of(const Program& program, TensorId tensor) const {
  for (;;) {
    const TensorId parent = program.tensors[tensor].parent, above = parent >= 0 ? parent : over_[tensor];
    if (above < 0) return tensor;
    tensor = above;
  }
}

Result<std::vector<Extent>> Plan::infer(const Program& program, const std::vector<Extent>& inputs) {
  Plan plan;
  HEADRACE_CHECK(plan.set_extents(program, inputs));
  return std::move(plan.extents_);
}

Status Plan::set_extents(const Program& program, const std::vector<Extent>& inputs) {
  extents_.resize(program.tensors.size());
  halos_.resize(program.tensors.size());
  over_.assign(program.tensors.size(), -1);
  for (const auto& layer : program.layers) {
    std::vector<Extent> extents;
    for (const TensorId input : layer->inputs()) extents.push_back(extents_[input]);
    if (const auto* import = dynamic_cast<const ImportLayer*>(layer.get())) extents.push_back(inputs[import->input_index()]);
    auto output = layer->infer(extents);
    if (!output.ok()) return std::move(output).error().at(layer->name());
    constexpr int64_t kLargest = int64_t{1} << 30;
    if (output->elements() > kLargest)
      return invalid_data("a tensor of " + to_string(*output) + " is too large").at(layer->name());
    for (size_t i = 0; i < layer->inputs().size(); ++i) {
      Halo& halo = halos_[root_of(program, layer->inputs()[i])];
      halo = larger(halo, layer->halo(i, extents, *output));
    }
    if (layer->output() >= 0) extents_[layer->output()] = *output;
    if (const auto* out = dynamic_cast<const ExportLayer*>(layer.get())) {
      outputs_.resize(std::max<size_t>(outputs_.size(), out->output_index() + 1));
      outputs_[out->output_index()] = *output;
    }
  }
  return Ok{};
}

void Plan::place(const Program& program) {
  const size_t count = program.tensors.size();
  std::vector<Lifetime> lifetimes(count);
  views_.assign(count, {});
  window_rows_.resize(count);
  for (auto& life : lifetimes) life.first = static_cast<int>(program.layers.size());
  for (int i = 0; i < static_cast<int>(program.layers.size()); ++i) {
    const Layer& layer = *program.layers[i];
    const Range now = section(i);
    const auto touch = [&](TensorId tensor) {
      Lifetime& life = lifetimes[root_of(program, tensor)];
      life.first = std::min(life.first, now.begin);
      life.last = std::max(life.last, now.end - 1);
    };
    for (const TensorId input : layer.inputs()) touch(input);
    if (layer.output() >= 0) touch(layer.output());
  }
  for (size_t t = 0; t < count; ++t) {
    if (root_of(program, static_cast<TensorId>(t)) != static_cast<TensorId>(t)) continue;
    Extent kept = extents_[t];
    if (window_rows_[t] > 0) kept.h = window_rows_[t];
    views_[t] = make_view(program.tensors[t].element, kept, halos_[t]);
    views_[t].extent = extents_[t];
    Lifetime& life = lifetimes[t];
    const bool of_turns = life.first < turn_layers_, of_one_turn = of_turns && life.last < turn_layers_;
    life.bytes = static_cast<size_t>(views_[t].image) * (of_one_turn ? 1 : extents_[t].n) + kSlack;
    if (of_one_turn) views_[t].image = 0;
    else if (of_turns) life.first = 0;  // the next picture's first layers must not write over it
  }
  arena_bytes_ = place_lifetimes(lifetimes) + kSlack;
  for (size_t t = 0; t < count; ++t) views_[t].offset += static_cast<ptrdiff_t>(lifetimes[t].offset);
  for (size_t t = 0; t < count; ++t) {
    const TensorId root = root_of(program, static_cast<TensorId>(t));
    if (root == static_cast<TensorId>(t)) continue;
    ptrdiff_t channel = 0;
    for (TensorId at = static_cast<TensorId>(t); program.tensors[at].parent >= 0; at = program.tensors[at].parent)
      channel += program.tensors[at].parent_channel;
    views_[t] = views_[root];
    views_[t].extent = extents_[t];
    views_[t].offset += channel * size_of(program.tensors[t].element);
  }
}

// The layer on its tensors as they lie when the band is at work, or whole.
Plan::Work Plan::work_of(const Program& program, int layer, const Band* band) const {
  const Layer& of = *program.layers[layer];
  const auto view_of = [&](TensorId tensor) {
    View view = views_[tensor];
    if (band != nullptr && window_rows_[tensor] > 0) view.offset -= band->kept.at(tensor).begin * view.row;
    return view;
  };
  std::vector<View> inputs;
  for (const TensorId input : of.inputs()) inputs.push_back(view_of(input));
  const TensorId out = of.output();
  const View output = out >= 0 ? view_of(out) : View{};
  Work work{.step = of.bind({inputs, output, *program.kernels}), .rim = {}, .has_rim = false};
  if (out >= 0 && program.tensors[out].parent < 0 && !halos_[out].none()) {
    work.has_rim = true;
    work.rim = {output, fill_bytes(program.tensors[out])};
  }
  return work;
}

void Plan::bind(const Program& program) {
  stages_.clear();
  for (int i = 0; i < static_cast<int>(program.layers.size()); ++i) {
    const Layer& layer = *program.layers[i];
    Stage stage{.work = work_of(program, i, nullptr), .name = layer.name(), .kind = layer.kind(), .output = {}, .macs = 0};
    if (layer.output() >= 0) stage.output = extents_[layer.output()];
    stage.macs = layer.macs(stage.output);
    scratch_bytes_ = std::max(scratch_bytes_, stage.work.step->scratch_bytes);
    stages_.push_back(std::move(stage));
  }
}

Result<std::unique_ptr<Plan>> Plan::make(const Program& program, const std::vector<Extent>& inputs, int threads,
                                         Pictures pictures) {
  auto plan = std::unique_ptr<Plan>(new Plan);
  HEADRACE_CHECK(plan->set_extents(program, inputs));
  plan->group(program);
  if (pictures == Pictures::kInTurn && !inputs.empty()) plan->choose_turns(program, inputs[0].n);
  plan->join(program);
  plan->choose_overwrites(program);
  plan->place(program);
  plan->bind(program);
  plan->schedule(program, threads);
  plan->fold(program);
  plan->scratch_bytes_ = (plan->scratch_bytes_ + 63) / 64 * 64;
  return plan;
}

// Whether the members must meet before this entry.
bool Plan::waits_before(size_t entry, int members) const {
  const Entry &now = entries_[entry], &before = entries_[entry - 1];
  const Step &step = *now.work->step, &step_before = *before.work->step;
  const bool cut_alike = step.rows == step_before.rows && step.row_unit == step_before.row_unit &&
                         !split_by_slices(step, now.rows, members) && !split_by_slices(step_before, before.rows, members);
  return !(now.joined && cut_alike);
}

void Plan::run_entry(const Frame& frame, const Entry& entry, std::byte* scratch, int member, int members) const noexcept {
  const Work& work = *entry.work;
  const Step& step = *work.step;
  Range rows = entry.rows, slices{0, step.slices};
  const bool by_slices = members > 1 && split_by_slices(step, rows, members);
  if (by_slices) slices = share(slices, member, members);
  else rows = share_rows(step, rows, member, members);
  if (rows.size() > 0 && slices.size() > 0) step.run(frame, rows, slices, scratch);
  if (work.has_rim && (!by_slices || member == 0)) fill_rim(work.rim.view, work.rim.fill, frame.arena, rows);
}

// Rows that the band needs of those before it. A few, so that one thread moves them.
void Plan::begin_band(const Band& band, const Frame& frame, int member, int members, Barrier* barrier) {
  if (band.moves.empty()) return;
  if (member == 0)
    for (const Move& move : band.moves) std::memmove(frame.arena + move.to, frame.arena + move.from, move.bytes);
  if (members > 1) barrier->wait();
}

void Plan::run(const Frame& frame, int member, int members, Barrier* barrier) const noexcept {
  std::byte* const scratch = frame.arena + arena_bytes_ + static_cast<size_t>(member) * scratch_bytes_;
  const bool timed = member == 0 && !frame.stage_ns.empty();
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const auto begin = timed ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point{};
    if (members > 1 && i > 0 && waits_before(i, members)) barrier->wait();
    if (begins_band(i)) begin_band(bands_[entry.band], frame, member, members, barrier);
    run_entry(frame, entry, scratch, member, members);
    if (timed) frame.stage_ns[entry.stage] += std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
  }
}

}  // namespace headrace::native
