#include <immintrin.h>

#include "fastest.h"
#include "peak.h"

namespace headrace::micro {

namespace {

constexpr int kSums = 16;

// A sum that the compiler must take for used.
template <class V>
V used(V v) {
  asm volatile("" : "+v"(v));
  return v;
}

template <class V, class Step>
double rate(int macs, const Step& step) {
  return fastest_rate(kSums * macs, [&](long rounds) {
    V sums[kSums] = {};
    for (long i = 0; i < rounds; ++i)
#pragma GCC unroll 16
      for (V& sum : sums) sum = used(step(sum));
  });
}

}  // namespace

Peak peak_avx512vnni() {
  const __m512i bytes = _mm512_set1_epi8(1);
  const __m512 halves = _mm512_set1_ps(0.5f);
  return {rate<__m512i>(64, [&](__m512i sum) { return _mm512_dpbusd_epi32(sum, bytes, bytes); }),
          rate<__m512i>(32, [&](__m512i sum) { return _mm512_dpwssd_epi32(sum, bytes, bytes); }),
          rate<__m512>(16, [&](__m512 sum) { return _mm512_fmadd_ps(halves, halves, sum); })};
}

}  // namespace headrace::micro
