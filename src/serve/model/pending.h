// A request on its way through a model: checked, and not answered yet.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "serve/model/request_check.h"
#include "serve/request.h"

namespace headrace::serve {

struct Pending {
  InferenceRequest request;  // its tensors have moved to `checked`
  CheckedRequest checked;
  Respond respond;  // empty once it has been answered; whoever moves it out answers

  int64_t rows() const { return checked.rows; }
  size_t elements() const {
    size_t sum = 0;
    for (const Tensor& input : checked.inputs) sum += input.size();
    return sum;
  }
  bool expired(Clock::time_point now) const { return request.deadline && *request.deadline <= now; }
};

using PendingPtr = std::unique_ptr<Pending>;
using Requests = std::span<const PendingPtr>;

// An exception of a front end's callback is its own affair: it must not end the thread that answers others.
inline void answer(const Respond& respond, Result<InferenceResponse> result) try {
  if (respond) respond(std::move(result));
} catch (...) {
}

// Requests that run together; their rows lie one behind the other.
struct Batch {
  std::vector<PendingPtr> requests;
  int64_t rows = 0;

  void add(PendingPtr pending) {
    rows += pending->rows();
    requests.push_back(std::move(pending));
  }
  bool empty() const { return requests.empty(); }
};

inline int64_t rows_of(Requests requests) {
  int64_t rows = 0;
  for (const PendingPtr& pending : requests) rows += pending->rows();
  return rows;
}

// A request that will not be computed, and what its client is told.
struct Refusal {
  PendingPtr pending;
  Error error;
};

}  // namespace headrace::serve
