// What the CPU is and can do, as CPUID tells it to this process.
#pragma once

#include <string>

namespace headrace {

struct CpuInfo {
  std::string name;             // "AMD EPYC 7763 64-Core Processor"
  std::string vendor;           // "AuthenticAMD", "GenuineIntel"
  int logical_cpus = 1;         // in the machine; available_cpus() tells what this process may use
  long level2_cache_bytes = 0;  // of a core; 0 when not known
  bool avx2 = false;
  bool fma = false;
  bool avx_vnni = false;
  bool avx512 = false;  // F, BW, CD, DQ and VL, with the operating system's support
  bool avx512_vnni = false;
  bool avx512_vbmi = false;
  bool amx_int8 = false;
  bool hidden = false;  // parts of it are hidden from this process (HEADRACE_HIDE_ISA): a stand-in for an older CPU
};

const CpuInfo& cpu_info();

// The INT8-relevant level, in one word: "amx-int8", "avx512-vnni", "avx-vnni", "avx512", "avx2" or "x86-64".
std::string isa_name(const CpuInfo& cpu);
// Whether this CPU's usual INT8 kernels can saturate (no VNNI): see docs/numerics.md.
bool int8_kernels_saturate(const CpuInfo& cpu);

}  // namespace headrace
