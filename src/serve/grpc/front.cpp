#include "serve/grpc/front.h"

#include <string>

namespace headrace::serve {

Result<std::shared_ptr<Admission>> Admission::of(std::shared_ptr<Front> front, size_t bytes) {
  const size_t limit = front->limits.max_body_bytes_in_flight;
  const size_t before = front->bytes_in_flight.fetch_add(bytes);
  auto admission = std::make_shared<Admission>(std::move(front), bytes);  // also gives back what is refused
  if (before + bytes > limit)
    return overloaded("requests in flight hold " + std::to_string(before) + " of the " + std::to_string(limit) +
                      " bytes that they may: try again later");
  return admission;
}

}  // namespace headrace::serve
