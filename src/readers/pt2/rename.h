// Names for dynamic dimensions that mean something to a person.
#pragma once

#include "ir/model.h"

namespace headrace::pt2 {

// Calls the symbol of dimension 0 of the first input that has one "batch", in all shapes of the graph and in the expressions that
// contain it ("4*batch"). Other symbols keep PyTorch's names.
void rename_symbols(headrace::Graph& graph);

}  // namespace headrace::pt2
