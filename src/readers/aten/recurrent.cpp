// LSTM and GRU. PyTorch orders the gates i f g o (r z n), ONNX i o f g (z r n).
#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

struct Kind {
  std::string_view op;
  Ints gates;  // PyTorch's place of each of ONNX's gates
  bool has_cell;
};

Value* reordered(Builder& b, Value* weights, const Ints& gates) {
  const int64_t rows = extent_of(weights, 0) / static_cast<int64_t>(gates.size());
  std::vector<Value*> parts;
  for (const int64_t gate : gates) parts.push_back(sliced(b, weights, 0, gate * rows, (gate + 1) * rows));
  return b.op("Concat", parts, {{"axis", 0}});
}

// Both directions one behind the other in front.
Value* stacked(Builder& b, std::vector<Value*> values) {
  for (Value*& value : values) value = unsqueezed(b, value, {0});
  return values.size() == 1 ? values.front() : b.op("Concat", values, {{"axis", 0}});
}

class Recurrent {
 public:
  Recurrent(Call& call, const Kind& kind) : call_(&call), b_(&call.b), kind_(&kind) {
    directions_ = call.flag("bidirectional", false) ? 2 : 1;
    biased_ = call.flag("has_biases", true);
    params_ = call.tensors("params");
    hidden_size_ = extent_of(params_.at(1), 1);
    if (call.flag("train", false) && call.real("dropout", 0) != 0)
      refuse("dropout in training mode: call model.eval() before torch.export");
    call.ignore({"train", "dropout"});
  }

  void run() {
    const bool batch_first = call_->flag("batch_first", false);
    const std::vector<Value*> initial = kind_->has_cell ? call_->tensors("hx") : std::vector<Value*>{call_->tensor("hx")};
    Value* x = call_->tensor("input");
    if (rank_of(x) != 3) refuse("sequences without a batch axis");
    if (batch_first) x = transposed(*b_, x, {1, 0, 2});
    const int64_t layers = call_->integer("num_layers");
    std::vector<Value*> hidden, cell;
    for (int64_t layer = 0; layer < layers; ++layer) {
      const std::vector<Value*> outputs = run_layer(x, layer, initial);
      x = b_->op("Reshape", {transposed(*b_, outputs.at(0), {0, 2, 1, 3}), b_->ints({0, 0, directions_ * hidden_size_})});
      hidden.push_back(outputs.at(1));
      if (kind_->has_cell) cell.push_back(outputs.at(2));
    }
    if (batch_first) x = transposed(*b_, x, {1, 0, 2});
    std::vector<Value*> results{x, joined(hidden)};
    if (kind_->has_cell) results.push_back(joined(cell));
    call_->results(results);
  }

 private:
  Value* joined(const std::vector<Value*>& states) {
    return states.size() == 1 ? states.front() : b_->op("Concat", states, {{"axis", 0}});
  }

  std::vector<Value*> run_layer(Value* x, int64_t layer, const std::vector<Value*>& initial) {
    std::vector<Value*> inputs, recurrent, biases;
    const size_t per_direction = biased_ ? 4 : 2;
    for (int64_t direction = 0; direction < directions_; ++direction) {
      const size_t at = static_cast<size_t>(layer * directions_ + direction) * per_direction;
      inputs.push_back(reordered(*b_, params_.at(at), kind_->gates));
      recurrent.push_back(reordered(*b_, params_.at(at + 1), kind_->gates));
      if (biased_)
        biases.push_back(
            b_->op("Concat", {reordered(*b_, params_.at(at + 2), kind_->gates), reordered(*b_, params_.at(at + 3), kind_->gates)},
                   {{"axis", 0}}));
    }
    std::vector<Value*> arguments{x, stacked(*b_, inputs), stacked(*b_, recurrent), biased_ ? stacked(*b_, biases) : nullptr,
                                  nullptr};
    for (Value* state : initial) arguments.push_back(sliced(*b_, state, 0, layer * directions_, (layer + 1) * directions_));
    Attributes attributes{{"hidden_size", hidden_size_},
                          {"direction", std::string(directions_ == 2 ? "bidirectional" : "forward")}};
    if (!kind_->has_cell) attributes["linear_before_reset"] = 1;
    return b_->ops(kind_->op, kind_->has_cell ? 3 : 2, arguments, attributes);
  }

  Call* call_;
  Builder* b_;
  const Kind* kind_;
  int64_t directions_ = 1, hidden_size_ = 0;
  bool biased_ = true;
  std::vector<Value*> params_;
};

void lstm(Call& call) {
  static const Kind kind{"LSTM", {0, 3, 1, 2}, true};
  if (call.overload() != "input") refuse("packed sequences");
  Recurrent(call, kind).run();
}
void gru(Call& call) {
  static const Kind kind{"GRU", {1, 0, 2}, false};
  if (call.overload() != "input") refuse("packed sequences");
  Recurrent(call, kind).run();
}

constexpr Entry kOps[] = {{"aten.lstm", lstm}, {"aten.gru", gru}};

}  // namespace

std::span<const Entry> recurrent_ops() { return kOps; }

}  // namespace headrace::aten
