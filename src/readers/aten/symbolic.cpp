// Arithmetic on sizes.
#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

// The expression that PyTorch has for the result tells which sizes are equal.
std::string result_text(Call& call) { return call.result_expression(); }

void sym_size(Call& call) {
  Value* x = call.tensor("self");
  const int64_t axis = axis_of(call.integer("dim"), x);
  call.integer_result(size_of(x, axis));
}

void sym_numel(Call& call) {
  Size count = Size::known(1);
  for (const Size& size : sizes_of(call.tensor("self"))) count = Size::computed("Mul", count, size, result_text(call));
  call.integer_result(count);
}

void computed(Call& call, std::string op) {
  call.integer_result(Size::computed(std::move(op), call.size("a"), call.size("b"), result_text(call)));
}
void add(Call& call) { computed(call, "Add"); }
void sub(Call& call) { computed(call, "Sub"); }
void mul(Call& call) { computed(call, "Mul"); }
void floordiv(Call& call) { computed(call, "Div"); }  // sizes are not negative, so both ways of rounding agree
void mod(Call& call) { computed(call, "Mod"); }
void maximum(Call& call) { computed(call, "Max"); }
void minimum(Call& call) { computed(call, "Min"); }
void neg(Call& call) { call.integer_result(Size::computed("Sub", Size::known(0), call.size("a"), result_text(call))); }

// Read by assertions alone, or refused where they are read.
void condition(Call& call) {
  call.ignore({"a", "b"});
  call.integer_result(Size::computed("?", Size::known(0), Size::known(0), result_text(call)));
}

// What comes out is the value of a scalar tensor.
void item(Call& call) {
  Value* x = call.tensor("self");
  call.integer_result(Size::value_of(call.b.cast(x, DType::kInt64), result_text(call)));
}

constexpr Entry kOps[] = {
    {"aten.sym_size", sym_size},  {"aten.sym_numel", sym_numel}, {"_operator.add", add},
    {"_operator.sub", sub},       {"_operator.mul", mul},        {"_operator.floordiv", floordiv},
    {"_operator.mod", mod},       {"torch.sym_max", maximum},    {"torch.sym_min", minimum},
    {"_operator.neg", neg},       {"_operator.eq", condition},   {"_operator.ne", condition},
    {"_operator.lt", condition},  {"_operator.le", condition},   {"_operator.gt", condition},
    {"_operator.ge", condition},  {"_operator.and_", condition}, {"_operator.or_", condition},
    {"torch.sym_not", condition}, {"aten.item", item},           {"aten._local_scalar_dense", item},
};

}  // namespace

std::span<const Entry> symbolic_ops() { return kOps; }

}  // namespace headrace::aten
