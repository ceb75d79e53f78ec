// Code shared by translation units of different instruction sets is inlined everywhere, so that the linker has nothing to merge:
// a function compiled for AVX-512 must not stand in for its twin on an older CPU.
#pragma once

#define HEADRACE_INLINE inline __attribute__((always_inline))
