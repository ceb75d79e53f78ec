// `/metrics`: what the server did and how it stands, in Prometheus' text format.
#pragma once

#include <cstdint>
#include <string>

#include "serve/repository/catalogue.h"

namespace headrace::serve {

struct ServerFigures {
  int64_t requests_in_flight = 0;       // accepted, not answered
  uint64_t requests_without_model = 0;  // that named no model which is ready
  int cpus = 1, cpus_in_use = 0;        // of the budget that all models share
};

// `triton_names`: the nv_inference_* families beside Headrace's own.
std::string metrics_text(const Catalogue& catalogue, const ServerFigures& figures, bool triton_names);

}  // namespace headrace::serve
