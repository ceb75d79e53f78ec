// For threads of our own, where what throws (memory that is not there) would end the process.
#pragma once

#include <exception>
#include <string>
#include <type_traits>

#include "base/error.h"

namespace headrace::serve {

// Runs the task, which returns a Status or nothing. What it throws becomes an error for the client.
template <typename Task>
Status contained(Task&& task) {
  try {
    if constexpr (std::is_void_v<decltype(task())>) return task(), Ok{};
    else return task();
  } catch (const std::exception& thrown) {
    return unavailable(std::string("the request could not be handled: ") + thrown.what());
  }
}

}  // namespace headrace::serve
