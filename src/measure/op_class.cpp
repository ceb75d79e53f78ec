#include "measure/op_class.h"

#include <map>
#include <set>
#include <string_view>

namespace headrace {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

const std::map<std::string_view, Product>& products() {
  using enum ProductKind;
  static const std::map<std::string_view, Product> table{
      {"Conv", {kConv, 0, 1, 2}},
      {"FusedConv", {kConv, 0, 1, 2}},
      {"NhwcFusedConv", {kConv, 0, 1, 2}},
      {"ConvInteger", {kConv, 0, 1, kNone}},
      {"QLinearConv", {kConv, 0, 3, 8}},
      {"ConvTranspose", {kConvTranspose, 0, 1, 2}},
      {"QLinearConvTranspose", {kConvTranspose, 0, 3, 8}},
      {"Gemm", {kGemm, 0, 1, 2}},
      {"FusedGemm", {kGemm, 0, 1, 2}},
      {"QGemm", {kGemm, 0, 3, 6}},
      {"MatMul", {kMatMul, 0, 1, kNone}},
      {"FusedMatMul", {kMatMul, 0, 1, kNone}},
      {"MatMulInteger", {kMatMul, 0, 1, kNone}},
      {"MatMulIntegerToFloat", {kMatMul, 0, 1, 6}},
      {"DynamicQuantizeMatMul", {kMatMul, 0, 1, 4}},
      {"QLinearMatMul", {kMatMul, 0, 3, kNone}},
  };
  return table;
}

// ai.onnx, and the domains into which ONNX Runtime puts fused and re-laid-out versions of its ops.
bool known_domain(std::string_view domain) {
  return domain.empty() || domain == "com.microsoft" || domain == "com.microsoft.nchwc" || domain == "com.ms.internal.nhwc";
}

}  // namespace

std::string full_op_name(const Node& node) { return node.domain.empty() ? node.op_type : node.domain + "." + node.op_type; }

bool is_integer_op(const Node& node) {
  static const std::set<std::string_view> others{"QGemm",
                                                 "QAttention",
                                                 "QLSTM",
                                                 "QMoE",
                                                 "DynamicQuantizeMatMul",
                                                 "DynamicQuantizeLSTM",
                                                 "MatMulIntegerToFloat",
                                                 "ConvIntegerToFloat"};
  if (!known_domain(node.domain)) return false;
  return node.op_type.starts_with("QLinear") || node.op_type.ends_with("Integer") || others.contains(node.op_type);
}

std::optional<Product> product_of(const Node& node) {
  const auto found = products().find(node.op_type);
  if (!known_domain(node.domain) || found == products().end()) return std::nullopt;
  return found->second;
}

}  // namespace headrace
