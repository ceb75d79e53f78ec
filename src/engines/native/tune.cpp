#include "engines/native/tune.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <string>

namespace headrace::native {

namespace {

constexpr int kRounds = 5;

double seconds_of(const Step& step, std::byte* arena, std::byte* scratch) {
  const Frame frame{.arena = arena, .inputs = {}, .outputs = {}, .stage_ns = {}};
  const auto begin = std::chrono::steady_clock::now();
  step.run(frame, {0, step.rows}, {0, step.slices}, scratch);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// In turns, so that a disturbance meets both; the minimum of each counts.
bool second_is_faster(const Step& first, const Step& second, std::byte* arena) {
  const AlignedArena scratch(std::max(first.scratch_bytes, second.scratch_bytes));
  double best[2] = {1e9, 1e9};
  for (int round = 0; round < kRounds; ++round) {
    best[0] = std::min(best[0], seconds_of(first, arena, scratch.data()));
    best[1] = std::min(best[1], seconds_of(second, arena, scratch.data()));
  }
  return best[1] < best[0];
}

std::string key_of(const ConvLayer& layer, const Binding& binding) {
  Extent in = binding.inputs[0].extent, out = binding.output.extent;
  // In FP32 the two ways differ in last bits: one choice for all batch sizes, so that a picture's do not depend on its company.
  if (layer.is_float()) in.n = out.n = 1;
  return std::string(binding.kernels.isa) + (layer.is_float() ? " f32 " : " u8 ") + to_string(in) + " " + to_string(out) +
         (binding.inputs.size() > 1 ? " add" : "");
}

}  // namespace

AlignedArena::AlignedArena(size_t bytes) {
  const size_t rounded = (bytes + 63) / 64 * 64 + 64;
  data_ = static_cast<std::byte*>(std::aligned_alloc(64, rounded));
  if (data_ == nullptr) throw std::bad_alloc();
  std::memset(data_, 0, rounded);
}

AlignedArena::~AlignedArena() { std::free(data_); }

bool winograd_pays(const ConvLayer& layer, const Binding& binding, std::byte* arena) {
  if (const char* forced = std::getenv("HEADRACE_WINOGRAD")) return std::string_view(forced) != "0";
  static std::mutex mutex;
  static std::map<std::string, bool> known;
  const std::lock_guard lock(mutex);
  const std::string key = key_of(layer, binding);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  Binding direct = binding, winograd = binding;
  direct.winograd = false, winograd.winograd = true;
  const bool pays = second_is_faster(*layer.bind(direct), *layer.bind(winograd), arena);
  known.emplace(key, pays);
  return pays;
}

}  // namespace headrace::native
