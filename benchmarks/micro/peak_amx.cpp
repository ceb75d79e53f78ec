#include "fastest.h"
#include "kernels/amx/tiles.h"
#include "peak.h"

namespace headrace::micro {

using namespace kernels::amx;

// tdpbusd, four sums of 16 x 16 in turn. What has no tiles is as with AVX-512.
Peak peak_amx() {
  Peak peak = peak_avx512vnni();
  const TileShapes shapes(kTileRows, 16);
  peak.u8 = fastest_rate(4.0 * 16 * 16 * 64, [](long rounds) {
    for (long i = 0; i < rounds; i += 10)
#pragma GCC unroll 10
      for (int j = 0; j < 10; ++j) {
        multiply_tiles<0, kPixelTile, kWeightTile>();
        multiply_tiles<1, kPixelTile, kWeightTile + 1>();
        multiply_tiles<2, kPixelTile + 1, kWeightTile>();
        multiply_tiles<3, kPixelTile + 1, kWeightTile + 1>();
      }
  });
  return peak;
}

}  // namespace headrace::micro
