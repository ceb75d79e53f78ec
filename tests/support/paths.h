// Where the tests' files and the built program lie. In a source of its own: absolute paths in every test's flags would make the
// compiler cache miss in each new checkout.
#pragma once

#include <string>

namespace headrace::testing {

std::string test_data();  // the folder tests/

}  // namespace headrace::testing
