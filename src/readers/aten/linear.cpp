// Matrix products.
#include <algorithm>

#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

Value* matrix(Call& call, std::string_view name) { return call.b.cast(call.tensor(name), call.output_dtype()); }

bool is_float(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

Value* scaled(Call& call, Value* value, double factor) {
  return factor == 1 ? value : call.b.op("Mul", {value, call.b.number(factor, call.output_dtype())});
}

// x times the transposed weights. Rank 2 is one Gemm.
void linear(Call& call) {
  Builder& b = call.b;
  Value *x = matrix(call, "input"), *weight = matrix(call, "weight"), *bias = call.optional_tensor("bias");
  const bool plain = rank_of(weight) == 2 && is_float(x->dtype);
  if (plain && rank_of(x) == 2) return call.result(b.op("Gemm", {x, weight, bias}, {{"transB", 1}}));
  Value* across = rank_of(weight) == 2 ? transposed(b, weight, {1, 0}) : weight;
  Value* product = b.op("MatMul", {x, across});
  call.result(bias == nullptr ? product : b.op("Add", {product, bias}));
}

void matmul(Call& call) {
  const bool is_mv = call.op() == "aten.mv", is_dot = call.op() == "aten.dot";
  const std::string_view left = "self";
  const std::string_view right = is_mv ? "vec" : is_dot ? "tensor" : call.op() == "aten.matmul" ? "other" : "mat2";
  call.result(call.b.op("MatMul", {matrix(call, left), matrix(call, right)}));
}

// beta * self + alpha * (a @ b).
void add_product(Call& call, std::string_view left, std::string_view right) {
  Builder& b = call.b;
  Value *self = matrix(call, "self"), *a = matrix(call, left), *c = matrix(call, right);
  const double beta = call.real("beta", 1), alpha = call.real("alpha", 1);
  if (rank_of(a) == 2 && rank_of(c) == 2 && is_float(a->dtype))
    return call.result(b.op("Gemm", {a, c, self}, {{"alpha", static_cast<float>(alpha)}, {"beta", static_cast<float>(beta)}}));
  call.result(b.op("Add", {scaled(call, b.op("MatMul", {a, c}), alpha), scaled(call, self, beta)}));
}
void addmm(Call& call) { add_product(call, "mat1", "mat2"); }
void baddbmm(Call& call) { add_product(call, "batch1", "batch2"); }
void addmv(Call& call) { add_product(call, "mat", "vec"); }

void outer(Call& call) {
  Value* column = unsqueezed(call.b, matrix(call, "self"), {1});
  call.result(call.b.op("Mul", {column, unsqueezed(call.b, matrix(call, "vec2"), {0})}));
}

void einsum(Call& call) {
  std::string equation = call.text("equation", "");
  std::erase(equation, ' ');
  std::vector<Value*> operands;
  call.ignore({"path"});
  for (Value* tensor : call.tensors("tensors")) operands.push_back(call.b.cast(tensor, call.output_dtype()));
  call.result(call.b.op("Einsum", operands, {{"equation", equation}}));
}

// y[n, k] = sum over i, j of x1[n, i] w[k, i, j] x2[n, j] + bias[k].
void bilinear(Call& call) {
  Builder& b = call.b;
  Value* product = b.op("Einsum", {matrix(call, "input1"), matrix(call, "weight"), matrix(call, "input2")},
                        {{"equation", std::string("...i,kij,...j->...k")}});
  Value* bias = call.optional_tensor("bias");
  call.result(bias == nullptr ? product : b.op("Add", {product, bias}));
}

// What a bilinear layer becomes: the three factors with axes of one where they have none, their product summed.
void trilinear(Call& call) {
  Builder& b = call.b;
  call.ignore({"unroll_dim"});
  const auto factor = [&](std::string_view name, std::string_view axes) {
    return unsqueezed(b, matrix(call, name), call.ints(axes, Ints{}));
  };
  Value* product = b.op("Mul", {factor("i1", "expand1"), factor("i2", "expand2")});
  call.result(
      b.op("ReduceSum", {b.op("Mul", {product, factor("i3", "expand3")}), b.ints(call.ints("sumdim"))}, {{"keepdims", 0}}));
}

constexpr Entry kOps[] = {
    {"aten.linear", linear},     {"aten.matmul", matmul},        {"aten.mm", matmul},   {"aten.bmm", matmul},
    {"aten.mv", matmul},         {"aten.dot", matmul},           {"aten.addmm", addmm}, {"aten.baddbmm", baddbmm},
    {"aten.addmv", addmv},       {"aten.outer", outer},          {"aten.ger", outer},   {"aten.einsum", einsum},
    {"aten.bilinear", bilinear}, {"aten._trilinear", trilinear},
};

}  // namespace

std::span<const Entry> linear_ops() { return kOps; }

}  // namespace headrace::aten
