// Which bits of CPUID to hide.
#pragma once

namespace hide_isa {

struct Registers {
  unsigned eax, ebx, ecx, edx;
};

enum class Level {
  kNothing,
  kAvx512,  // AVX-512, AVX-VNNI, AMX, AVX10: what is left is a CPU with AVX2
  kVnni,    // the dot-product instructions alone, with AMX and AVX10, which imply them
  kAmx,     // the tiles alone: what is left is a CPU with AVX-512 and VNNI
};

// Clears in `registers`, the true answer to (leaf, subleaf), what `level` hides.
void mask(Level level, unsigned leaf, unsigned subleaf, Registers& registers);

}  // namespace hide_isa
