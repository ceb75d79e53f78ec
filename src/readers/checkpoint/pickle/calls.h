// The few functions that a pickle may "call", written here: they note which tensor is meant and run nothing of the file.
#pragma once

#include "base/error.h"
#include "readers/checkpoint/pickle/globals.h"
#include "readers/checkpoint/pickle/heap.h"

namespace headrace {

// What `callee(*arguments)` stands for. Errors: invalid_model for what cannot be called and for arguments that do not fit.
Result<PickleValue> call(PickleValue callee, PickleValue arguments, PickleHeap& heap);

// The storage that a persistent id means: ("storage", type, key, location, count), with a sixth item in the legacy format:
// None, or (view key, offset, count).
Result<PickleValue> resolve_persistent_id(PickleValue id, PickleHeap& heap);

}  // namespace headrace
