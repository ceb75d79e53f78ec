#include "proto/guard.h"

#include <array>
#include <string_view>

namespace headrace {
namespace {

void erase_all(std::string& text, std::string_view part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
}

// "file.h:23: adapt: Assertion `false` failed: reason" to "reason": where the onnx library stands is of no use to the reader.
void erase_assertion(std::string& text) {
  constexpr std::string_view kEnd = "` failed: ";
  const size_t end = text.find(kEnd);
  if (text.find("Assertion `") < end && end != std::string::npos) text.erase(0, end + kEnd.size());
}

}  // namespace

std::string readable(std::string text) {
  constexpr std::array<std::string_view, 3> kNoise = {"[ShapeInferenceError] ", "[TypeInferenceError] ", "Inference error(s): "};
  for (const std::string_view part : kNoise) erase_all(text, part);
  erase_assertion(text);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace headrace
