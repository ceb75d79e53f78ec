#include "support/paths.h"

namespace headrace::testing {

std::string test_data() { return HEADRACE_TEST_DATA; }

}  // namespace headrace::testing
