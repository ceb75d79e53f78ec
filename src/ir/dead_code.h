// Nodes whose results nobody needs, and constants that nobody reads.
#pragma once

#include "ir/model.h"

namespace headrace {

// Removes them; inputs and outputs of the graph stay. Returns how many nodes and constants went.
int remove_dead_code(Graph& graph);

}  // namespace headrace
