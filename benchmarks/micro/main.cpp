// GMAC/s of every kernel family on the layers of real networks, and their share of what the instructions can do on this CPU:
// where the next gap is. HEADRACE_ISA chooses the kernels; the options are Google Benchmark's.
#include <benchmark/benchmark.h>

#include <cstdio>

#include "kernels/dispatch.h"
#include "layers.h"
#include "peak.h"

namespace headrace::micro {

namespace {

using Make = Run (*)(const kernels::KernelTable&, const LayerShape&);

void measure(benchmark::State& state, const kernels::KernelTable& table, const LayerShape& shape, Make make, double peak) {
  const Run run = make(table, shape);
  if (run == nullptr) return state.SkipWithError("these weights do not fit this way");
  for (auto _ : state) run();
  const double macs = static_cast<double>(shape.macs()) * static_cast<double>(state.iterations());
  state.counters["GMAC/s"] = benchmark::Counter(macs * 1e-9, benchmark::Counter::kIsRate);
  // In per cent; Winograd's may be above 100, for it multiplies less.
  if (peak > 0) state.counters["peak%"] = benchmark::Counter(macs * 1e-7 / peak, benchmark::Counter::kIsRate);
}

void add(const kernels::KernelTable& table, const std::string& family, Make make, double peak) {
  for (const LayerShape& shape : usual_shapes()) {
    if (family.starts_with("winograd") && (shape.kernel != 3 || shape.depthwise)) continue;
    benchmark::RegisterBenchmark((family + " " + shape.name()).c_str(), [&table, shape, make, peak](benchmark::State& state) {
      measure(state, table, shape, make, peak);
    })->Unit(benchmark::kMicrosecond);
  }
}

int run(int argc, char** argv) {
  const auto table = kernels::select_kernels();
  if (!table.ok()) {
    std::fprintf(stderr, "error: %s\n", table.error().describe().c_str());
    return 1;
  }
  const kernels::KernelTable& kernels = **table;
  const Peak peak = peak_of(kernels.isa);
  std::printf("%s kernels; one core's peak in GMAC/s: u8 %.0f, s16 %.0f, f32 %.0f\n", kernels.isa, peak.u8, peak.s16, peak.f32);
  add(kernels, "u8", direct_u8, peak.u8);
  add(kernels, "winograd u8", winograd_u8, peak.u8);
  add(kernels, "f32", direct_f32, peak.f32);
  add(kernels, "winograd f32", winograd_f32, peak.f32);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace

Peak peak_of(std::string_view isa) {
  if (isa == "amx") return peak_amx();
  if (isa == "avx512vnni") return peak_avx512vnni();
  if (isa == "avx2") return peak_avx2();
  return {};
}

}  // namespace headrace::micro

int main(int argc, char** argv) { return headrace::micro::run(argc, argv); }
