// The allow-list: the names that a pickle of weights may refer to, and what each stands for here. Nothing is imported, and
// nothing is called but the few functions of pickle/calls.cpp, which are ours.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/dtype.h"
#include "base/error.h"

namespace headrace {

enum class GlobalKind {
  kDict,  // OrderedDict and its like
  kRebuildTensor,
  kRebuildTensorV2,
  kRebuildTensorV3,
  kRebuildParameter,
  kRebuildFromType,
  kTensorType,   // may be named, not called
  kStorageType,  // of `dtype`
  kDType,
  kSize,    // a tuple of integers
  kOpaque,  // harmless data beside the weights: whatever it would make is PickleKind::kOpaque
};

struct PickleGlobal {
  std::string_view module, name;
  GlobalKind kind = GlobalKind::kOpaque;
  DType dtype = DType::kUndefined;
};

// The index of a name. Errors, with the full name and what to do: invalid_model for the names that attacks use, unsupported for
// pickled modules and everything else that is not on the list.
Result<size_t> find_global(std::string_view module, std::string_view name);
const PickleGlobal& global_at(size_t index);

// Why a file that holds a program, and not weights alone, is not read here, and what to do.
Error refuse_program(const std::string& what);

}  // namespace headrace
