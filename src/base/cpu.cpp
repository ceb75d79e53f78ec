#include "base/cpu.h"

#include <cpuid.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace headrace {
namespace {

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

bool bit(unsigned word, int position) { return ((word >> position) & 1u) != 0; }

// The register states that the operating system saves (XCR0).
uint64_t saved_states() {
  if (!bit(cpuid(1).ecx, 27)) return 0;
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

std::string brand_string() {
  std::array<char, 49> text{};
  for (unsigned i = 0; i < 3; ++i) {
    const Registers r = cpuid(0x80000002u + i);
    std::memcpy(&text[size_t{16} * i], &r, 16);
  }
  std::string name = text.data();
  const size_t first = name.find_first_not_of(' ');
  return first == std::string::npos ? "unknown CPU" : name.substr(first, name.find_last_not_of(' ') - first + 1);
}

CpuInfo detect() {
  CpuInfo cpu;
  const Registers vendor = cpuid(0);
  const std::array<unsigned, 3> letters{vendor.ebx, vendor.edx, vendor.ecx};
  cpu.vendor.assign(reinterpret_cast<const char*>(letters.data()), 12);
  cpu.name = brand_string();
  cpu.logical_cpus = static_cast<int>(std::thread::hardware_concurrency());
  cpu.level2_cache_bytes = std::max(0L, sysconf(_SC_LEVEL2_CACHE_SIZE));

  const uint64_t states = saved_states();
  const bool ymm = (states & 0x6) == 0x6, zmm = (states & 0xe6) == 0xe6, tiles = (states & 0x60000) == 0x60000;
  const Registers one = cpuid(1), seven = cpuid(7, 0), seven_one = cpuid(7, 1);
  cpu.fma = ymm && bit(one.ecx, 12);
  cpu.avx2 = ymm && bit(seven.ebx, 5);
  cpu.avx_vnni = cpu.avx2 && bit(seven_one.eax, 4);
  cpu.avx512 = zmm && bit(seven.ebx, 16) && bit(seven.ebx, 17) && bit(seven.ebx, 28) && bit(seven.ebx, 30) && bit(seven.ebx, 31);
  cpu.avx512_vnni = cpu.avx512 && bit(seven.ecx, 11);
  cpu.avx512_vbmi = cpu.avx512 && bit(seven.ecx, 1);
  cpu.amx_int8 = tiles && bit(seven.edx, 25);
  cpu.hidden = std::getenv("HEADRACE_HIDE_ISA") != nullptr;
  return cpu;
}

}  // namespace

const CpuInfo& cpu_info() {
  static const CpuInfo cpu = detect();
  return cpu;
}

std::string isa_name(const CpuInfo& cpu) {
  if (cpu.amx_int8 && cpu.avx512_vnni) return "amx-int8";
  if (cpu.avx512_vnni) return "avx512-vnni";
  if (cpu.avx_vnni) return "avx-vnni";
  if (cpu.avx512) return "avx512";
  if (cpu.avx2) return "avx2";
  return "x86-64";
}

bool int8_kernels_saturate(const CpuInfo& cpu) { return !cpu.avx512_vnni && !cpu.avx_vnni; }

}  // namespace headrace
