// Tensors that share memory in PyTorch. An op in place changes all of them; the graph we build has values, so the change is
// written back into what the changed tensor is a view of.
#pragma once

#include <string_view>

#include "readers/aten/call.h"

namespace headrace::aten {

// Whether the op's result may lie in its first argument's memory.
bool is_view(std::string_view op);
// Whether the result may be the first argument itself.
bool may_return_its_argument(std::string_view op);

// `parent` with the part that `call`, a view of it, shows replaced by `changed` (the view's output number `output`). Throws where
// that cannot be told.
Value* written_back(Call& call, size_t output, Value* parent, Value* changed);

}  // namespace headrace::aten
