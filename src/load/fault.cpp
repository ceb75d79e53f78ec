#include "load/fault.h"

namespace headrace::load {

std::string name_of(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kRefused: return "connection refused";
    case FaultKind::kReset: return "reset";
    case FaultKind::kTimeout: return "timeout";
    case FaultKind::kStatus: return "http " + std::to_string(fault.status);
    case FaultKind::kBadAnswer: return "bad answer";
    case FaultKind::kDifferentBits: return "different bits";
    case FaultKind::kNotSent: return "not sent";
    case FaultKind::kStopped: return "stopped";
  }
  return "unknown";
}

}  // namespace headrace::load
