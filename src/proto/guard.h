// The onnx library and protobuf throw; Headrace does not. Every call into them goes through guard().
#pragma once

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "base/error.h"

namespace headrace {

// An exception's text without the onnx library's own paths and tags.
std::string readable(std::string text);

// body()'s result, or the exception it threw as an error of `code`.
template <typename Body>
auto guard(ErrorCode code, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kIo, "out of memory", {}};
  } catch (const std::exception& exception) {
    return Error{code, readable(exception.what()), {}};
  } catch (...) {
    return Error{ErrorCode::kInternal, "an exception of unknown type in the onnx library", {}};
  }
}

}  // namespace headrace
