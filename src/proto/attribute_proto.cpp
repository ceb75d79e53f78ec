#include "proto/attribute_proto.h"

#include "onnx/onnx_pb.h"
#include "proto/subgraph.h"
#include "proto/tensor_proto.h"

namespace headrace {
namespace {

using onnx::AttributeProto;

Result<Attribute> keep_serialised(AttributeProto& proto, ExternalData& external) {
  HEADRACE_CHECK(load_external_data(proto, external));
  const bool is_graph = proto.type() == AttributeProto::GRAPH || proto.type() == AttributeProto::GRAPHS;
  return Attribute(OpaqueAttribute{proto.SerializeAsString(), is_graph});
}

struct Store {
  AttributeProto& proto;

  Status operator()(int64_t value) const {
    proto.set_type(AttributeProto::INT);
    proto.set_i(value);
    return Ok{};
  }
  Status operator()(float value) const {
    proto.set_type(AttributeProto::FLOAT);
    proto.set_f(value);
    return Ok{};
  }
  Status operator()(const std::string& value) const {
    proto.set_type(AttributeProto::STRING);
    proto.set_s(value);
    return Ok{};
  }
  Status operator()(const std::vector<int64_t>& values) const {
    proto.set_type(AttributeProto::INTS);
    proto.mutable_ints()->Assign(values.begin(), values.end());
    return Ok{};
  }
  Status operator()(const std::vector<float>& values) const {
    proto.set_type(AttributeProto::FLOATS);
    proto.mutable_floats()->Assign(values.begin(), values.end());
    return Ok{};
  }
  Status operator()(const std::vector<std::string>& values) const {
    proto.set_type(AttributeProto::STRINGS);
    proto.mutable_strings()->Assign(values.begin(), values.end());
    return Ok{};
  }
  Status operator()(const Tensor& tensor) const {
    proto.set_type(AttributeProto::TENSOR);
    store_tensor(tensor, *proto.mutable_t());
    return Ok{};
  }
  Status operator()(const OpaqueAttribute& opaque) const {
    if (!proto.ParseFromString(opaque.bytes)) return internal_error("an attribute carried through is not an AttributeProto");
    return Ok{};
  }
};

}  // namespace

Result<Attribute> take_attribute(AttributeProto& proto, ExternalData& external) {
  if (!proto.ref_attr_name().empty()) return keep_serialised(proto, external);
  switch (proto.type()) {
    case AttributeProto::INT: return Attribute(int64_t{proto.i()});
    case AttributeProto::FLOAT: return Attribute(proto.f());
    case AttributeProto::STRING: return Attribute(proto.s());
    case AttributeProto::INTS: return Attribute(std::vector<int64_t>(proto.ints().begin(), proto.ints().end()));
    case AttributeProto::FLOATS: return Attribute(std::vector<float>(proto.floats().begin(), proto.floats().end()));
    case AttributeProto::STRINGS: return Attribute(std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
    case AttributeProto::TENSOR: {
      HEADRACE_TRY(Tensor tensor, take_tensor(*proto.mutable_t(), external));
      return Attribute(std::move(tensor));
    }
    case AttributeProto::UNDEFINED: return invalid_model("the attribute has no type");
    default: return keep_serialised(proto, external);
  }
}

Status store_attribute(const std::string& name, const Attribute& attribute, AttributeProto& proto) {
  HEADRACE_CHECK(std::visit(Store{proto}, attribute));
  proto.set_name(name);
  return Ok{};
}

}  // namespace headrace
