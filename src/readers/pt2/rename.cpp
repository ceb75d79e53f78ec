#include "readers/pt2/rename.h"

#include <cctype>

#include "readers/pt2/symbol.h"

namespace headrace::pt2 {
namespace {

std::string batch_symbol(const headrace::Graph& graph) {
  for (const Value* input : graph.inputs())
    if (input->shape && !input->shape->empty() && is_symbol(input->shape->front().symbol)) return input->shape->front().symbol;
  return {};
}

bool is_word(const std::string& text, size_t start, size_t length) {
  const auto in_word = [&](size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
  };
  return (start == 0 || !in_word(start - 1)) && !in_word(start + length);
}

void replace_word(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    if (!is_word(text, at, from.size())) {
      at += from.size();
      continue;
    }
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

}  // namespace

void rename_symbols(headrace::Graph& graph) {
  const std::string symbol = batch_symbol(graph);
  if (symbol.empty()) return;
  for (const auto& value : graph.values())
    if (value->shape)
      for (Dim& dim : *value->shape) replace_word(dim.symbol, symbol, "batch");
}

}  // namespace headrace::pt2
