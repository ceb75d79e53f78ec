// What HTTP itself refuses, before a request means anything: a status and the reason.
#pragma once

#include <string>

namespace headrace::serve::http {

struct Refusal {
  int status = 400;
  std::string message;
  std::string allow;  // with 405: the methods that are
};

}  // namespace headrace::serve::http
