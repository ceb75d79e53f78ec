#include "serve/http/json_in.h"

#include <utility>

namespace headrace::serve::http::json {

Error malformed(simdjson::error_code code, std::string_view what) {
  const std::string wanted(what);
  switch (code) {
    case simdjson::INCORRECT_TYPE: return invalid_argument(wanted + " is of another type than it has to be");
    case simdjson::NUMBER_ERROR:
    case simdjson::NUMBER_OUT_OF_RANGE: return invalid_argument(wanted + " is no number that JSON knows and that fits");
    case simdjson::UTF8_ERROR: return invalid_argument("the request's JSON is not UTF-8");
    case simdjson::MEMALLOC: return unavailable("there is no memory to read the request's JSON");
    default:
      return invalid_argument("the request's JSON is malformed where " + wanted +
                              " is expected: " + simdjson::error_message(code));
  }
}

Result<od::object> object_of(od::value value, std::string_view what) { return get(value.get_object(), what); }
Result<od::array> array_of(od::value value, std::string_view what) { return get(value.get_array(), what); }
Result<std::string_view> string_of(od::value value, std::string_view what) { return get(value.get_string(), what); }
Result<bool> bool_of(od::value value, std::string_view what) { return get(value.get_bool(), what); }

Result<int64_t> integer_of(od::value value, int64_t least, int64_t most, std::string_view what) {
  HEADRACE_TRY(const int64_t number, get(value.get_int64(), what));
  if (number < least || number > most)
    return invalid_argument(std::string(what) + " lies between " + std::to_string(least) + " and " + std::to_string(most) +
                            ", not at " + std::to_string(number));
  return number;
}

Status skip(od::value value, int depth) {
  if (depth <= 0) return invalid_argument("the request's JSON is nested too deeply");
  HEADRACE_TRY(const od::json_type type, get(value.type(), "a value"));
  if (type == od::json_type::array) {
    HEADRACE_TRY(od::array array, array_of(value, "an array"));
    return for_each_element(array, [&](od::value element) { return skip(element, depth - 1); });
  }
  if (type == od::json_type::object) {
    HEADRACE_TRY(od::object object, object_of(value, "an object"));
    return for_each_field(object, [&](std::string_view, od::value field) { return skip(field, depth - 1); });
  }
  // Read as what it begins like, so that `tru` and 1.2.3 are errors wherever they stand.
  if (type == od::json_type::string)
    return string_of(value, "a string").ok() ? Status(Ok{}) : invalid_argument("a string is malformed");
  if (type == od::json_type::number) {
    HEADRACE_TRY([[maybe_unused]] const double number, get(value.get_double(), "a number"));
  } else if (type == od::json_type::boolean) {
    HEADRACE_TRY([[maybe_unused]] const bool truth, bool_of(value, "a boolean"));
  } else {
    HEADRACE_TRY(const bool null, get(value.is_null(), "null"));
    if (!null) return invalid_argument("the request's JSON is malformed: something begins like null and is not");
  }
  return Ok{};
}

}  // namespace headrace::serve::http::json
