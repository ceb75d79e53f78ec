// PyTorch's type promotion, where the result's type does not tell in what type an op computes: comparisons.
#pragma once

#include "readers/aten/call.h"

namespace headrace::aten {

bool is_floating(DType dtype);
bool is_integral(DType dtype);  // bool is not

// The type in which two operands (tensors or numbers) meet. Of two tensors of one kind (bool, integer, floating) the wider type
// wins, but a scalar tensor or a number only decides the kind.
DType common_dtype(Call& call, std::string_view a, std::string_view b);

}  // namespace headrace::aten
