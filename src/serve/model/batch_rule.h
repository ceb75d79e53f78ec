// Whether requests for a model may share a batch, read off its signature.
#pragma once

#include "deploy/serve_options.h"
#include "engines/engine.h"

namespace headrace::serve {

struct BatchRule {
  // The first extent of every input is free and means the same (no two symbols differ): it counts rows.
  bool has_batch = false;
  int64_t max_rows = 0;   // of a request and of a batch; 0 where has_batch is false
  bool together = false;  // several requests may run as one batch, as far as the signature tells
};

BatchRule batch_rule(const Signature& signature, const ModelOptions& options);

}  // namespace headrace::serve
