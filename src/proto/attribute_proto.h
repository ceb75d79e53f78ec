// AttributeProto to Attribute and back.
#pragma once

#include <string>

#include "base/error.h"
#include "ir/model.h"
#include "proto/external_data.h"

namespace onnx {
class AttributeProto;
}  // namespace onnx

namespace headrace {

// Numbers, strings and tensors are read; graphs, sparse tensors and types are kept serialised (their external data is loaded
// into them first, as they may be written elsewhere). Tensors take their bytes out of `proto`.
Result<Attribute> take_attribute(onnx::AttributeProto& proto, ExternalData& external);

Status store_attribute(const std::string& name, const Attribute& attribute, onnx::AttributeProto& proto);

}  // namespace headrace
