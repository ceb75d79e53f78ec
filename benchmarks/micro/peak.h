// What this CPU's multiply-accumulate instructions do at most, on one core, with nothing to load: the yardstick for kernels.
#pragma once

#include <string_view>

namespace headrace::micro {

// In 10^9 multiply-accumulates per second.
struct Peak {
  double u8 = 0;   // AMX: tdpbusd. AVX-512-VNNI: vpdpbusd. AVX2: vpmaddubsw in chains of three, then vpmaddwd
  double s16 = 0;  // vpdpwssd; vpmaddwd and vpaddd
  double f32 = 0;  // vfmadd
};

Peak peak_avx2();
Peak peak_avx512vnni();
Peak peak_amx();  // where tiles_permitted()
// Of the kernel table of this name; zeros for "reference".
Peak peak_of(std::string_view isa);

}  // namespace headrace::micro
