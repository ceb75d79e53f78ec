#include "deploy/option_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

namespace headrace {
namespace {

template <typename T>
Result<T> parse_between(std::string_view text, T low, T high, const char* what) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high) return value;
  return invalid_argument("'" + std::string(text) + "' is not " + what + " from " + number_text(static_cast<double>(low)) +
                          " to " + number_text(static_cast<double>(high)));
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

Result<int64_t> parse_integer(std::string_view text, int64_t low, int64_t high) {
  return parse_between<int64_t>(text, low, high, "a whole number");
}

Result<double> parse_number(std::string_view text, double low, double high) {
  return parse_between<double>(text, low, high, "a number");
}

Result<bool> parse_switch(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return invalid_argument("'" + std::string(text) + "' is neither true nor false");
}

std::vector<std::string> split_list(std::string_view text) {
  const char separator = text.find('\n') != std::string_view::npos ? '\n' : ',';
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    const std::string_view item = trim(text.substr(0, end));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

std::string join_list(std::span<const std::string> items) {
  const bool commas =
      std::any_of(items.begin(), items.end(), [](const std::string& item) { return item.find(',') != std::string::npos; });
  std::string text;
  for (const std::string& item : items) text += (text.empty() || commas ? "" : ",") + item + (commas ? "\n" : "");
  return text;
}

Result<std::vector<int>> parse_integer_list(std::string_view text, int64_t low, int64_t high) {
  std::vector<int> values;
  for (const std::string& item : split_list(text)) {
    HEADRACE_TRY(const int64_t value, parse_integer(item, low, high));
    values.push_back(static_cast<int>(value));
  }
  if (values.empty()) return invalid_argument("the list is empty; give numbers such as 1,2");
  return values;
}

std::string join_integers(std::span<const int> items) {
  std::string text;
  for (const int item : items) text += (text.empty() ? "" : ",") + std::to_string(item);
  return text;
}

std::string number_text(double value) {
  std::array<char, 32> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return error == std::errc{} ? std::string(digits.data(), end) : std::to_string(value);
}

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  size_t best = name.size() / 3 + 2;  // anything further off would be a guess, not a correction
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best) nearest = candidate, best = distance;
  }
  return nearest;
}

}  // namespace headrace
