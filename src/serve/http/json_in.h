// Reading untrusted JSON by simdjson's On Demand interface: one pass, nothing is built that nobody asked for. Two rules come with
// it, and every reader here keeps them: a value is read once, and after an error nothing more is read.
#pragma once

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::serve::http::json {

namespace od = simdjson::ondemand;

// `what`: the thing that was wanted ("a number that fits INT8"), for the message.
Error malformed(simdjson::error_code code, std::string_view what);

template <typename T>
Result<T> get(simdjson::simdjson_result<T> result, std::string_view what) {
  T value;
  if (const simdjson::error_code code = std::move(result).get(value)) return malformed(code, what);
  return value;
}

Result<od::object> object_of(od::value value, std::string_view what);
Result<od::array> array_of(od::value value, std::string_view what);
Result<std::string_view> string_of(od::value value, std::string_view what);
Result<bool> bool_of(od::value value, std::string_view what);
// Refuses fractions and what lies outside.
Result<int64_t> integer_of(od::value value, int64_t least, int64_t most, std::string_view what);

// Reads over a value that nobody asked for, within the bound on nesting.
Status skip(od::value value, int depth);

// Calls f(key, value) for each field; f returns a Status. Errors: those of f, malformed JSON.
template <typename F>
Status for_each_field(od::object object, F&& f) {
  for (auto item : object) {
    od::field field;
    if (const simdjson::error_code code = std::move(item).get(field)) return malformed(code, "a field of an object");
    HEADRACE_TRY(const std::string_view key, get(field.unescaped_key(), "a key"));
    HEADRACE_CHECK(f(key, field.value()));
  }
  return Ok{};
}

template <typename F>
Status for_each_element(od::array array, F&& f) {
  for (auto item : array) {
    od::value value;
    if (const simdjson::error_code code = std::move(item).get(value)) return malformed(code, "an element of an array");
    HEADRACE_CHECK(f(value));
  }
  return Ok{};
}

// Which keys of an object have been seen: JSON leaves open which of two equal ones counts, so there may be only one.
template <size_t N>
class Keys {
 public:
  explicit Keys(const std::array<std::string_view, N>& known) : known_(known) {}
  // The index of `key` among those known, N for another. Errors: it was there before.
  Result<size_t> index(std::string_view key) {
    for (size_t i = 0; i < N; ++i) {
      if (known_[i] != key) continue;
      if (seen_ & uint64_t{1} << i) return invalid_argument("the key \"" + std::string(key) + "\" comes twice in one object");
      seen_ |= uint64_t{1} << i;
      return i;
    }
    return N;
  }

 private:
  const std::array<std::string_view, N>& known_;
  uint64_t seen_ = 0;
};

constexpr size_t kKeepParser = size_t{4} << 20;  // bytes of text; what a parser needs for larger ones is given back

// A parser per thread, whose memory does not stay large.
class ThreadParser {
 public:
  od::parser& get() { return parser(); }
  ~ThreadParser() {
    if (parser().capacity() > kKeepParser) parser() = od::parser();
  }
  ThreadParser() = default;
  ThreadParser(const ThreadParser&) = delete;
  ThreadParser& operator=(const ThreadParser&) = delete;

 private:
  static od::parser& parser() {
    thread_local od::parser parser;
    return parser;
  }
};

// The top-level object of `text`, handed to f. Errors: those of f, malformed JSON, something behind the object.
// `readable`: how far memory may be read behind the text's begin; at least simdjson::SIMDJSON_PADDING more than its size.
template <typename F>
Status read_document(std::string_view text, size_t readable, F&& f) {
  ThreadParser parser;
  od::document document;
  const simdjson::padded_string_view padded(text.data(), text.size(), readable);
  if (const simdjson::error_code code = parser.get().iterate(padded).get(document)) return malformed(code, "a JSON object");
  od::object object;
  if (const simdjson::error_code code = document.get_object().get(object)) return malformed(code, "a JSON object");
  HEADRACE_CHECK(f(object));
  if (!document.current_location().error()) return invalid_argument("something follows the JSON object of the request");
  return Ok{};
}

}  // namespace headrace::serve::http::json
