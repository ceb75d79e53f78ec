// The check before the clock starts: a fast engine that computes nonsense is not fast.
#pragma once

#include "base/error.h"
#include "measure/worker_protocol.h"

namespace headrace {

// Errors: invalid_data for outputs with NaN or infinite values, named.
Status check_finite(const CheckAnswer& answer);

// Whether two runs of one model on one input look like the same function. Quantised kernels may differ by a lot (saturation), so
// only what cannot be noise is an error: other extents, a norm four times larger or smaller, or a cosine below 0.2.
// Errors: invalid_data naming the output and `reference_engine`.
Status check_alike(const CheckAnswer& reference, const CheckAnswer& answer, const std::string& reference_engine);

}  // namespace headrace
