// Errors and results: how every function of the library that can fail says so.
//
// The library never throws across its borders and never prints. A function that can fail returns Result<T>; its Error
// says what is wrong, where, and what to do about it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace headrace {

enum class ErrorCode {
  kInvalidArgument,   // the call itself is wrong (the CLI exits with 2)
  kNotFound,          // a file, tensor, input or engine that is named does not exist
  kInvalidModel,      // the model file or graph is malformed
  kInvalidData,       // calibration or evaluation data is malformed
  kUnsupported,       // well-formed, but beyond what this build, opset or engine can do
  kUnavailable,       // an engine or library is not installed
  kIo,                // the operating system refused: disk full, permission, broken pipe
  kCancelled,         // the user asked to stop
  kOverloaded,        // a bound of the server is reached (a full queue, say): the same request may succeed later
  kDeadlineExceeded,  // nobody wants the answer any more
  kInternal,          // a bug in Headrace
};

std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // what is wrong and what to do
  std::string context;  // where: file, node, tensor, byte offset; outermost first, separated by ": "

  // "context: message", or the message alone.
  std::string describe() const;
  // The same error with `where` put in front of its context.
  Error at(std::string_view where) &&;
};

// Success without a value.
struct Ok {};

// Either a value or an Error. `[[nodiscard]]`: an ignored result is a compiler warning.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return state_.index() == 0; }
  bool ok() const { return state_.index() == 0; }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Ok>;

Error invalid_argument(std::string message);
Error not_found(std::string message);
Error invalid_model(std::string message);
Error invalid_data(std::string message);
Error unsupported(std::string message);
Error unavailable(std::string message);
Error io_error(std::string message);
Error internal_error(std::string message);
Error cancelled();
Error overloaded(std::string message);
Error deadline_exceeded(std::string message);

}  // namespace headrace

#define HEADRACE_CONCAT_(a, b) a##b
#define HEADRACE_CONCAT(a, b) HEADRACE_CONCAT_(a, b)

// HEADRACE_TRY(auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define HEADRACE_TRY(declaration, expression) HEADRACE_TRY_(HEADRACE_CONCAT(headrace_result_, __LINE__), declaration, expression)
#define HEADRACE_TRY_(result, declaration, expression) \
  auto result = (expression);                          \
  if (!result.ok()) return std::move(result).error();  \
  declaration = std::move(result).value()

// HEADRACE_CHECK(f()): returns f()'s error from the enclosing function, if there is one.
#define HEADRACE_CHECK(expression)                                                                             \
  do {                                                                                                         \
    if (auto headrace_status = (expression); !headrace_status.ok()) return std::move(headrace_status).error(); \
  } while (false)
