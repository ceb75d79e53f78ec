// What a parse may make of a text: a few bytes of JSON ("[{},{},{}") can ask for a hundred times their size.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/error.h"

namespace headrace::pt2 {

// Of one parse, which runs on one thread from its beginning to its end.
class ParseBudget {
 public:
  // 64 MB, less what the parser itself notes down about the text: four bytes for each bracket, comma, colon and value. Errors:
  // unsupported when that alone is too much.
  static Result<std::unique_ptr<ParseBudget>> of(std::string_view text);
  ~ParseBudget();
  ParseBudget(const ParseBudget&) = delete;
  ParseBudget& operator=(const ParseBudget&) = delete;

  // Takes from the budget of the parse that runs on this thread. Errors: unsupported when it is used up.
  static Status take(size_t bytes);

 private:
  explicit ParseBudget(size_t left);

  size_t left_;
  ParseBudget* outer_;
};

}  // namespace headrace::pt2
