// The table of operators: one small function each, by family. A new operator is one function and one line in its family's list.
#pragma once

#include <span>
#include <string_view>

#include "readers/aten/call.h"

namespace headrace::aten {

struct Entry {
  std::string_view op;  // "aten.relu", whatever the overload
  void (*convert)(Call& call);
};

// nullptr when it is not in the table.
const Entry* find_entry(std::string_view op);

// The families, each in a file of that name.
std::span<const Entry> activation_ops();
std::span<const Entry> attention_ops();
std::span<const Entry> conv_ops();
std::span<const Entry> create_ops();
std::span<const Entry> elementwise_ops();
std::span<const Entry> index_ops();
std::span<const Entry> linear_ops();
std::span<const Entry> norm_ops();
std::span<const Entry> pool_ops();
std::span<const Entry> quantized_ops();
std::span<const Entry> recurrent_ops();
std::span<const Entry> reduce_ops();
std::span<const Entry> resize_ops();
std::span<const Entry> shape_ops();
std::span<const Entry> symbolic_ops();

}  // namespace headrace::aten
