#include "load/client.h"

namespace headrace::load {

bool Client::call(size_t index, Clock::time_point since) {
  index %= target_->requests.size();
  const Patience patience = this->patience();  // from now, even where the request is late
  Reply reply;
  auto fault = connection_.open(patience);
  if (!fault) fault = connection_.exchange(target_->requests[index].message, reply, patience);
  const Clock::time_point answered = Clock::now();
  retry_after_ = reply.retry_after;
  if (!fault) fault = check_.check(reply, index);
  if (fault) recorder_->failure(*fault);
  else recorder_->success(answered - since);
  return !fault;
}

}  // namespace headrace::load
