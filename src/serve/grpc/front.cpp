#include "serve/grpc/front.h"

#include <string>

namespace headrace::serve {

Result<std::shared_ptr<Admission>> Admission::of(std::shared_ptr<Front> front, size_t bytes) {
  auto admission = std::make_shared<Admission>(std::move(front));
  HEADRACE_CHECK(admission->add(bytes));
  return admission;
}

Status Admission::add(size_t bytes) {
  const size_t limit = front_->limits.max_body_bytes_in_flight;
  const size_t before = front_->bytes_in_flight.fetch_add(bytes);
  bytes_ += bytes;
  if (before + bytes <= limit) return Ok{};
  return overloaded("the request takes " + std::to_string(bytes_) +
                    " bytes of memory, and requests in flight together may have " + std::to_string(limit) + ": try again later");
}

}  // namespace headrace::serve
