#include "kernels/avx512vnni/look_up_vbmi.h"

#include "kernels/avx512vnni/vector.h"
#include "kernels/tiles/map.h"

namespace headrace::kernels::avx512vnni {

// A permutation of two registers looks up seven bits; the eighth chooses between two of them.
void look_up_vbmi(const uint8_t* in, uint8_t* out, size_t count, const uint8_t* table) noexcept {
  __m512i part[4];
  for (int i = 0; i < 4; ++i) part[i] = Vector::load(table + static_cast<ptrdiff_t>(64) * i);
  map_u8<Vector>(in, out, count, [&](__m512i index) {
    const __m512i low = _mm512_permutex2var_epi8(part[0], index, part[1]),
                  high = _mm512_permutex2var_epi8(part[2], index, part[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
  });
}

}  // namespace headrace::kernels::avx512vnni
