#include "load/arrivals.h"

#include <cmath>

namespace headrace::load {

std::chrono::nanoseconds Arrivals::next() {
  if (kind_ == ArrivalKind::kUniform) {
    now_ += gap_;
  } else {
    // The gaps of a Poisson process are exponential. Drawn here by inversion, since the standard library's distribution may give
    // another schedule with another library.
    const double uniform = static_cast<double>(engine_() >> 11) * 0x1p-53;  // below 1
    now_ -= gap_ * std::log1p(-uniform);
  }
  return std::chrono::nanoseconds(static_cast<int64_t>(now_));
}

}  // namespace headrace::load
