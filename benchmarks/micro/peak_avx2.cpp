#include <immintrin.h>

#include "fastest.h"
#include "peak.h"

namespace headrace::micro {

namespace {

constexpr int kSums = 10;  // enough to hide the latency, few enough for sixteen registers

// An operand that the compiler must take for new, so that it keeps every instruction.
template <class V>
V fresh(V v) {
  asm volatile("" : "+x"(v));
  return v;
}

double u8_chains() {
  const __m256i w = _mm256_set1_epi8(1), ones = _mm256_set1_epi16(1);
  return fastest_rate(kSums * 3 * 32, [&](long rounds) {
    __m256i sums[kSums] = {};
    for (long i = 0; i < rounds; ++i)
#pragma GCC unroll 16
      for (__m256i& sum : sums) {
        const __m256i x = fresh(w);
        const __m256i two = _mm256_add_epi16(_mm256_maddubs_epi16(x, w), _mm256_maddubs_epi16(x, ones));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_add_epi16(two, _mm256_maddubs_epi16(ones, x)), ones));
      }
    for (const __m256i& sum : sums) fresh(sum);
  });
}

double s16_products() {
  const __m256i w = _mm256_set1_epi16(1);
  return fastest_rate(kSums * 16, [&](long rounds) {
    __m256i sums[kSums] = {};
    for (long i = 0; i < rounds; ++i)
#pragma GCC unroll 16
      for (__m256i& sum : sums) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(fresh(w), w));
    for (const __m256i& sum : sums) fresh(sum);
  });
}

double f32_products() {
  const __m256 w = _mm256_set1_ps(0.5f);
  return fastest_rate(kSums * 8, [&](long rounds) {
    __m256 sums[kSums] = {};
    for (long i = 0; i < rounds; ++i)
#pragma GCC unroll 16
      for (__m256& sum : sums) sum = fresh(_mm256_fmadd_ps(w, w, sum));
  });
}

}  // namespace

Peak peak_avx2() { return {u8_chains(), s16_products(), f32_products()}; }

}  // namespace headrace::micro
