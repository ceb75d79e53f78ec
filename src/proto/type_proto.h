// Types and shapes of values: TypeProto to the fields of a Value and back.
#pragma once

#include "base/error.h"
#include "ir/model.h"

namespace onnx {
class TypeProto;
}  // namespace onnx

namespace headrace {

// Sets dtype and shape, or opaque_type for what is not a dense tensor. A type that says nothing changes nothing.
void set_type(const onnx::TypeProto& proto, Value& value);

// False, and `proto` is left alone, when nothing is known of the type.
bool store_type(const Value& value, onnx::TypeProto& proto);

}  // namespace headrace
