// Hides CPU features from the process it is preloaded into, so that engines pick the kernels of an older CPU: what INT8 does on a
// CPU without VNNI can then be measured on one that has it.
//
//   HEADRACE_HIDE_ISA=avx512 LD_PRELOAD=libheadrace_hide_isa.so PROGRAM...     (or =vnni, =amx)
//
// Linux can make the instruction CPUID fault (arch_prctl ARCH_SET_CPUID; Intel since Ivy Bridge, AMD since Zen 5). The fault
// arrives as SIGSEGV; our handler executes CPUID with faulting off, masks the answer and steps over the instruction. Threads
// and forked children inherit the setting; after exec this constructor sets it again. Faults that are not CPUID go to the
// handler that the program installed: sigaction() and signal() for SIGSEGV are interposed, so that ours stays in place, and
// SIGSEGV stays unblocked. Where faulting is refused the process ends with status 3: a measurement must not pass for what it is
// not.
#include <asm/prctl.h>
#include <cpuid.h>
#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "mask.h"

#ifndef ARCH_SET_CPUID
#define ARCH_SET_CPUID 0x1012
#endif

namespace hide_isa {
namespace {

using SigactionFunction = int (*)(int, const struct sigaction*, struct sigaction*);
using SigmaskFunction = int (*)(int, const sigset_t*, sigset_t*);

Level level = Level::kNothing;
struct sigaction chained = {};  // what the program believes to be installed for SIGSEGV

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int real_sigaction(int number, const struct sigaction* action, struct sigaction* old) {
  static const auto function = next<SigactionFunction>("sigaction");
  return function(number, action, old);
}

int real_sigmask(int how, const sigset_t* set, sigset_t* old) {
  static const auto function = next<SigmaskFunction>("pthread_sigmask");
  return function(how, set, old);
}

bool set_cpuid_allowed(bool allowed) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, allowed ? 1L : 0L) == 0; }

// Faults of CPUID come from the kernel (a general protection fault), without an address.
bool is_cpuid(const siginfo_t* info, const ucontext_t* context) {
  if (info->si_code != SI_KERNEL) return false;
  const auto* code = reinterpret_cast<const unsigned char*>(context->uc_mcontext.gregs[REG_RIP]);
  return code[0] == 0x0f && code[1] == 0xa2;
}

void emulate(ucontext_t* context) {
  auto& registers = context->uc_mcontext.gregs;
  const auto leaf = static_cast<unsigned>(registers[REG_RAX]), subleaf = static_cast<unsigned>(registers[REG_RCX]);
  Registers answer{};
  set_cpuid_allowed(true);
  __cpuid_count(leaf, subleaf, answer.eax, answer.ebx, answer.ecx, answer.edx);
  set_cpuid_allowed(false);
  mask(level, leaf, subleaf, answer);
  registers[REG_RAX] = answer.eax;  // the upper halves become zero, as CPUID leaves them
  registers[REG_RBX] = answer.ebx;
  registers[REG_RCX] = answer.ecx;
  registers[REG_RDX] = answer.edx;
  registers[REG_RIP] += 2;
}

// The default action: the fault comes again once we return, now unhandled; a signal that somebody sent is sent again.
void die_of(int number, const siginfo_t* info) {
  struct sigaction by_default = {};
  by_default.sa_handler = SIG_DFL;
  real_sigaction(number, &by_default, nullptr);
  if (info->si_code <= 0) raise(number);
}

void pass_on(int number, siginfo_t* info, ucontext_t* context) {
  const struct sigaction target = chained;
  const bool plain = (target.sa_flags & SA_SIGINFO) == 0;
  if (plain && target.sa_handler == SIG_IGN && info->si_code <= 0) return;
  if (plain && (target.sa_handler == SIG_DFL || target.sa_handler == SIG_IGN)) return die_of(number, info);
  if ((target.sa_flags & SA_RESETHAND) != 0) {
    chained = {};
    chained.sa_handler = SIG_DFL;
  }
  sigset_t blocked = context->uc_sigmask;  // the mask the program's handler expects; sigreturn puts the old one back
  sigorset(&blocked, &blocked, &target.sa_mask);
  real_sigmask(SIG_SETMASK, &blocked, nullptr);
  plain ? target.sa_handler(number) : target.sa_sigaction(number, info, context);
}

void on_fault(int number, siginfo_t* info, void* context) {
  auto* machine = static_cast<ucontext_t*>(context);
  if (is_cpuid(info, machine)) return emulate(machine);
  pass_on(number, info, machine);
}

void refuse(const char* message) {
  std::fprintf(stderr, "headrace_hide_isa: %s\n", message);
  _exit(3);
}

Level level_of(const char* wish) {
  if (std::strcmp(wish, "avx512") == 0) return Level::kAvx512;
  if (std::strcmp(wish, "vnni") == 0) return Level::kVnni;
  if (std::strcmp(wish, "amx") == 0) return Level::kAmx;
  refuse("HEADRACE_HIDE_ISA must be avx512, vnni or amx");
  return Level::kNothing;
}

__attribute__((constructor)) void start() {
  const char* wish = std::getenv("HEADRACE_HIDE_ISA");
  if (wish == nullptr || *wish == '\0') return;
  const Level wanted = level_of(wish);
  struct sigaction ours = {};
  ours.sa_sigaction = on_fault;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigfillset(&ours.sa_mask);  // nothing else runs in this thread while it sees the true CPU
  real_sigaction(SIGSEGV, &ours, &chained);
  level = wanted;
  if (!set_cpuid_allowed(false)) refuse("this CPU or kernel cannot hide CPU features (no CPUID faulting): not run");
}

// `set` without SIGSEGV: a CPUID fault while it is blocked would end the process.
const sigset_t* without_sigsegv(int how, const sigset_t* set, sigset_t& copy) {
  if (level == Level::kNothing || set == nullptr || how == SIG_UNBLOCK) return set;
  copy = *set;
  sigdelset(&copy, SIGSEGV);
  return &copy;
}

}  // namespace
}  // namespace hide_isa

extern "C" {

int sigaction(int number, const struct sigaction* action, struct sigaction* old) noexcept {
  using namespace hide_isa;
  if (number != SIGSEGV || level == Level::kNothing) return real_sigaction(number, action, old);
  const struct sigaction before = chained;
  if (action != nullptr) chained = *action;
  if (old != nullptr) *old = before;
  return 0;
}

sighandler_t signal(int number, sighandler_t handler) noexcept {
  struct sigaction action = {}, old = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaddset(&action.sa_mask, number);
  if (sigaction(number, &action, &old) != 0) return SIG_ERR;
  return old.sa_handler;
}

int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  sigset_t copy;
  return hide_isa::real_sigmask(how, hide_isa::without_sigsegv(how, set, copy), old);
}

int sigprocmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  static const auto function = hide_isa::next<hide_isa::SigmaskFunction>("sigprocmask");
  sigset_t copy;
  return function(how, hide_isa::without_sigsegv(how, set, copy), old);
}

}  // extern "C"
