// What libheadrace_hide_isa.so must survive: blocked signals, handlers of the program's own, threads. Prints a word for each.
#include <cpuid.h>

#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <thread>

namespace {

sigjmp_buf before_fault;

void handle(int) { siglongjmp(before_fault, 1); }

void print_avx512(const char* where) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __cpuid_count(7, 0, eax, ebx, ecx, edx);
  std::printf("%s=%u ", where, (ebx >> 16) & 1u);
}

}  // namespace

int main() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  print_avx512("blocked");
  std::signal(SIGSEGV, handle);
  print_avx512("handled");
  volatile std::uintptr_t nowhere = 8;  // volatile: the compiler must not see that it is a bad address
  if (sigsetjmp(before_fault, 1) == 0) *reinterpret_cast<volatile int*>(nowhere) = 1;
  else std::printf("caught ");
  std::thread(print_avx512, "thread").join();
  std::printf("%s\n", std::signal(SIGSEGV, SIG_DFL) == handle ? "restored" : "lost");
}
