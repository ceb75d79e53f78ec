#include "ir/dead_code.h"
#include "passes/pass.h"

namespace headrace::passes {

Result<int> eliminate_dead_code(Model& model, const PassContext&) { return remove_dead_code(*model.graph); }

}  // namespace headrace::passes
