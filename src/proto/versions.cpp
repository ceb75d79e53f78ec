#include "proto/versions.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "onnx/defs/schema.h"
#include "onnx/onnx_pb.h"
#include "proto/infer_shapes.h"

namespace headrace {
namespace {

using Registry = onnx::OpSchemaRegistry;

const auto& known_domains() { return Registry::DomainToVersionRange::Instance().Map(); }

std::string plain_domain(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }
std::string shown_domain(const std::string& domain) { return domain.empty() ? "ai.onnx" : domain; }

Status check_opset(const std::string& domain, int64_t version) {
  const auto known = known_domains().find(domain);
  if (known == known_domains().end()) return Ok{};
  const auto newest = known->second.second;
  if (version > newest)
    return unsupported("the model uses opset " + std::to_string(version) + " of " + shown_domain(domain) +
                       ", newer than the newest this build knows, " + std::to_string(newest) + "; export it with an older opset");
  if (domain.empty() && version < kOldestOpset)
    return unsupported("the model uses opset " + std::to_string(version) + ", and the oldest that is read is " +
                       std::to_string(kOldestOpset) +
                       "; export it again with a newer opset, or convert it with "
                       "onnx.version_converter.convert_version");
  return Ok{};
}

// Collects the ops that the declared opsets do not have.
class OpCheck {
 public:
  explicit OpCheck(const onnx::ModelProto& proto) {
    for (const auto& entry : proto.opset_import()) opsets_[plain_domain(entry.domain())] = entry.version();
    for (const auto& function : proto.functions()) functions_.emplace(plain_domain(function.domain()), function.name());
  }

  void visit(const onnx::GraphProto& graph) {
    for (const auto& node : graph.node()) {
      visit(node);
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) visit(attribute.g());
        for (const auto& subgraph : attribute.graphs()) visit(subgraph);
      }
    }
  }

  Status result() const {
    if (unknown_.empty()) return Ok{};
    std::string list;
    for (const std::string& op : unknown_) list += (list.empty() ? "" : ", ") + op;
    return invalid_model("the model uses ops that its opset does not have: " + list +
                         "; export it again with the opset they belong to, or put custom ops in a domain of their own");
  }

 private:
  void visit(const onnx::NodeProto& node) {
    const std::string domain = plain_domain(node.domain());
    const auto opset = opsets_.find(domain);
    if (!known_domains().contains(domain) || opset == opsets_.end() || functions_.contains({domain, node.op_type()})) return;
    const auto* schema = Registry::Instance()->GetSchema(node.op_type(), static_cast<int>(opset->second), domain);
    if (schema != nullptr && !schema->Deprecated()) return;
    unknown_.insert(describe(node, domain, opset->second, schema != nullptr));
  }

  static std::string describe(const onnx::NodeProto& node, const std::string& domain, int64_t opset, bool deprecated) {
    std::string text = (domain.empty() ? "" : domain + ".") + node.op_type() + " (";
    if (!node.name().empty()) text += "node '" + node.name() + "', ";
    text += "opset " + std::to_string(opset);
    if (deprecated) return text + ", which withdrew it)";
    const auto* newest = Registry::Instance()->GetSchema(node.op_type(), std::numeric_limits<int>::max(), domain);
    return text + (newest == nullptr ? ", unknown)" : "; it came with a later opset)");
  }

  std::map<std::string, int64_t> opsets_;
  std::set<std::pair<std::string, std::string>> functions_;
  std::set<std::string> unknown_;
};

}  // namespace

int64_t newest_opset() { return known_domains().at("").second; }

int64_t ir_version_of_opset(int64_t opset) {
  struct Step {
    int64_t opset, ir_version;
  };
  // From the release table of the ONNX specification (docs/Versioning.md): the first opset of each IR version.
  constexpr std::array kSteps = {Step{28, 14}, Step{25, 13}, Step{24, 12}, Step{23, 11},
                                 Step{21, 10}, Step{19, 9},  Step{15, 8},  Step{12, 7}};
  for (const Step& step : kSteps)
    if (opset >= step.opset) return step.ir_version;
  return 6;
}

Status check_versions(const onnx::ModelProto& proto) {
  if (proto.ir_version() < 3)
    return invalid_model("no IR version of 3 or newer is stated: this is not an ONNX model, or a draft of one");
  if (proto.ir_version() > onnx::IR_VERSION)
    return unsupported("the model has IR version " + std::to_string(proto.ir_version()) +
                       ", newer than the newest this build knows, " + std::to_string(onnx::IR_VERSION) +
                       "; export it with an older opset");
  for (const auto& entry : proto.opset_import()) HEADRACE_CHECK(check_opset(plain_domain(entry.domain()), entry.version()));
  return Ok{};
}

Status check_ops(const onnx::ModelProto& proto) {
  OpCheck check(proto);
  check.visit(proto.graph());
  return check.result();
}

bool op_is_known(const Model& model, const Node& node) {
  const auto opset = model.opsets.find(node.domain);
  if (opset == model.opsets.end()) return false;
  if (Registry::Instance()->GetSchema(node.op_type, static_cast<int>(opset->second), node.domain) != nullptr) return true;
  return std::any_of(model.functions.begin(), model.functions.end(), [&](const std::string& bytes) {
    onnx::FunctionProto function;
    return function.ParseFromString(bytes) && function.name() == node.op_type && plain_domain(function.domain()) == node.domain;
  });
}

}  // namespace headrace
