// What must be known of subgraphs (bodies of If, Loop, Scan), which are carried through unread.
#pragma once

#include <set>
#include <string>

#include "base/error.h"
#include "proto/external_data.h"

namespace onnx {
class AttributeProto;
class FunctionProto;
class NodeProto;
}  // namespace onnx

namespace headrace {

// Names that the subgraphs of `node` read from the graph around it, at any depth, and do not define themselves.
std::set<std::string> captured_names(const onnx::NodeProto& node);

// Loads external data into the tensors at any depth, so that the message stands on its own.
Status load_external_data(onnx::AttributeProto& attribute, ExternalData& external);
Status load_external_data(onnx::FunctionProto& function, ExternalData& external);

}  // namespace headrace
