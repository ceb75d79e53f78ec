#include "readers/pt2/parse_budget.h"

#include <array>
#include <cstdint>

namespace headrace::pt2 {
namespace {

constexpr size_t kMemory = size_t{56} << 20;  // leaves some for the allocator

thread_local ParseBudget* current = nullptr;

// Places that the parser notes down for a character: its own, and that of the value which may follow.
constexpr auto kPlaces = [] {
  std::array<uint8_t, 256> places{};
  for (const char c : {'{', '}', ']'}) places[static_cast<uint8_t>(c)] = 1;
  for (const char c : {'[', ',', ':'}) places[static_cast<uint8_t>(c)] = 2;
  return places;
}();

size_t noted_bytes(std::string_view text) {
  size_t places = 0;
  for (const char c : text) places += kPlaces[static_cast<uint8_t>(c)];
  return 4 * places;
}

Error used_up() { return unsupported("the text asks for more memory than 64 MB beside its own size"); }

}  // namespace

Result<std::unique_ptr<ParseBudget>> ParseBudget::of(std::string_view text) {
  const size_t noted = noted_bytes(text);
  if (noted > kMemory) return used_up();
  return std::unique_ptr<ParseBudget>(new ParseBudget(kMemory - noted));
}

ParseBudget::ParseBudget(size_t left) : left_(left), outer_(current) { current = this; }

ParseBudget::~ParseBudget() { current = outer_; }

Status ParseBudget::take(size_t bytes) {
  if (current == nullptr) return Ok{};
  if (bytes > current->left_) return used_up();
  current->left_ -= bytes;
  return Ok{};
}

}  // namespace headrace::pt2
