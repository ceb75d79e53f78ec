#include "mask.h"

#include <initializer_list>

// Bit positions: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, CPUID.
namespace hide_isa {
namespace {

constexpr unsigned bits(std::initializer_list<int> positions) {
  unsigned word = 0;
  for (const int position : positions) word |= 1u << position;
  return word;
}

// Leaf 7, subleaf 0. EBX: AVX512 F, DQ, IFMA, PF, ER, CD, BW, VL. ECX: AVX512 VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ.
// EDX: AVX512 4VNNIW, 4FMAPS, VP2INTERSECT; AMX-BF16; AVX512-FP16; AMX-TILE; AMX-INT8.
constexpr Registers kSevenAvx512{0, bits({16, 17, 21, 26, 27, 28, 30, 31}), bits({1, 6, 11, 12, 14}),
                                 bits({2, 3, 8, 22, 23, 24, 25})};
constexpr Registers kSevenVnni{0, 0, bits({11}), bits({2, 22, 24, 25})};
constexpr Registers kSevenAmx{0, 0, 0, bits({22, 24, 25})};
// Leaf 7, subleaf 1. EAX: AVX-VNNI, AVX512-BF16, AMX-FP16. EDX: AVX-VNNI-INT8, AVX-NE-CONVERT, AMX-COMPLEX, AVX-VNNI-INT16,
// AVX10.
constexpr Registers kSevenOneAvx512{bits({4, 5, 21}), 0, 0, bits({4, 5, 8, 10, 19})};
constexpr Registers kSevenOneVnni{bits({4, 21}), 0, 0, bits({4, 8, 10, 19})};
constexpr Registers kSevenOneAmx{bits({21}), 0, 0, bits({8})};

void clear(const Registers& hidden, Registers& registers) {
  registers.eax &= ~hidden.eax;
  registers.ebx &= ~hidden.ebx;
  registers.ecx &= ~hidden.ecx;
  registers.edx &= ~hidden.edx;
}

}  // namespace

void mask(Level level, unsigned leaf, unsigned subleaf, Registers& registers) {
  if (level == Level::kNothing) return;
  const bool all = level == Level::kAvx512, amx = level == Level::kAmx;
  if (leaf == 7 && subleaf == 0) clear(all ? kSevenAvx512 : amx ? kSevenAmx : kSevenVnni, registers);
  if (leaf == 7 && subleaf == 1) clear(all ? kSevenOneAvx512 : amx ? kSevenOneAmx : kSevenOneVnni, registers);
  if (leaf == 0x24 && !amx) registers = {};  // AVX10's version
}

}  // namespace hide_isa
