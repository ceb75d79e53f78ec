// HEADRACE_CLONES before a function: the compiler makes a second copy of it for CPUs with AVX2, and the loader picks (an "arch="
// would be picked on that very model of CPU alone). For loops of set-up work only; inference kernels are written per ISA.
#pragma once

// Sanitizers do not get along with functions that are chosen while the program loads; clang before 18 does not know these target
// names.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define HEADRACE_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define HEADRACE_CLONES
#endif
