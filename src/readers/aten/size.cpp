#include "readers/aten/size.h"

#include <algorithm>

#include "readers/aten/call.h"

namespace headrace::aten {
namespace {

constexpr int kMaxDepth = 500;

int64_t floor_div(int64_t a, int64_t b) { return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0); }

// nullopt where the sum does not fit or nothing comes of it; then it is computed at run time.
std::optional<int64_t> folded(const std::string& op, int64_t a, int64_t b) {
  int64_t result = 0;
  if (op == "Add") return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (op == "Sub") return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (op == "Mul") return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (op == "Max") return std::max(a, b);
  if (op == "Min") return std::min(a, b);
  if (b <= 0) return std::nullopt;
  if (op == "Div") return floor_div(a, b);
  if (op == "Mod") return a - floor_div(a, b) * b;
  return std::nullopt;
}

}  // namespace

Size Size::known(int64_t value) {
  auto state = std::make_shared<State>();
  state->constant = value;
  state->text = std::to_string(value);
  return Size(std::move(state));
}

Size Size::of(Value* tensor, int64_t axis, std::string text) {
  auto state = std::make_shared<State>();
  state->tensor = tensor;
  state->axis = axis;
  state->text = std::move(text);
  return Size(std::move(state));
}

Size Size::value_of(Value* scalar, std::string text) {
  auto state = std::make_shared<State>();
  state->tensor = scalar;
  state->axis = -1;
  state->text = std::move(text);
  return Size(std::move(state));
}

Size Size::computed(std::string op, Size a, Size b, std::string text) {
  if (a.constant() && b.constant())
    if (const auto value = folded(op, *a.constant(), *b.constant())) return known(*value);
  auto state = std::make_shared<State>();
  state->depth = std::max(a.state_->depth, b.state_->depth) + 1;
  if (state->depth > kMaxDepth) refuse("sizes are computed from one another over more than 500 steps");
  state->op = std::move(op);
  state->a = std::move(a.state_);
  state->b = std::move(b.state_);
  state->text = std::move(text);
  return Size(std::move(state));
}

std::optional<int64_t> Size::constant() const { return state_->constant; }

bool Size::is(const Dim& dim) const {
  if (dim.known()) return constant() == dim.extent;
  return !constant() && !dim.symbol.empty() && dim.symbol == text();
}

Value* Size::emit(Builder& b) const { return emit(b, *state_); }

Value* Size::emit(Builder& b, State& state) {
  if (state.constant) return b.ints({*state.constant});
  if (state.emitted != nullptr) return state.emitted;
  if (state.tensor != nullptr && state.axis < 0) {
    state.emitted = b.op("Reshape", {state.tensor, b.ints({1})});
  } else if (state.tensor != nullptr) {
    state.emitted = b.op("Shape", {state.tensor}, {{"start", state.axis}, {"end", state.axis + 1}});
  } else {
    if (state.op == "?") refuse("a condition on sizes decides what is computed");
    Value* left = emit(b, *state.a);  // no deeper than kMaxDepth
    Value* right = emit(b, *state.b);
    state.emitted = b.op(state.op, {left, right});
  }
  return state.emitted;
}

Value* emit(Builder& b, const std::vector<Size>& sizes) {
  std::vector<Value*> parts;
  std::vector<int64_t> run;  // neighbours that are known
  const auto flush = [&] {
    if (!run.empty()) parts.push_back(b.ints(run));
    run.clear();
  };
  for (const Size& size : sizes) {
    if (size.constant()) {
      run.push_back(*size.constant());
      continue;
    }
    flush();
    parts.push_back(size.emit(b));
  }
  flush();
  if (parts.empty()) return b.ints({});
  return parts.size() == 1 ? parts.front() : b.op("Concat", parts, {{"axis", 0}});
}

}  // namespace headrace::aten
