#include "readers/pt2/stack.h"

namespace headrace::pt2 {
namespace {

constexpr std::string_view kFrame = "File \"";

std::string_view trimmed(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\n");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\n") - start + 1);
}

// `File "folder/name.py", line 66, in forward\n    code`, from the path on.
std::string described(std::string_view frame) {
  const size_t end_of_path = frame.find('"');
  if (end_of_path == std::string_view::npos) return std::string(trimmed(frame));
  std::string_view path = frame.substr(0, end_of_path);
  path = path.substr(path.find_last_of("/\\") + 1);  // npos + 1 is 0
  std::string_view rest = frame.substr(end_of_path + 1);
  if (rest.starts_with(", line ")) rest.remove_prefix(7);
  const size_t end_of_line = rest.find('\n');
  std::string text = std::string(path) + ":" + std::string(trimmed(rest.substr(0, end_of_line)));
  if (end_of_line != std::string_view::npos) {
    const std::string_view code = trimmed(rest.substr(end_of_line));
    text += ": " + std::string(code.substr(0, code.find('\n')));
  }
  return text;
}

}  // namespace

std::string innermost_module(std::string_view nn_module_stack) {
  const size_t last = nn_module_stack.rfind(';');
  if (last != std::string_view::npos) nn_module_stack.remove_prefix(last + 1);
  const size_t start = nn_module_stack.find(',');
  if (start == std::string_view::npos) return {};
  nn_module_stack.remove_prefix(start + 1);
  return std::string(nn_module_stack.substr(0, nn_module_stack.find(',')));
}

std::string innermost_source(std::string_view stack_trace) {
  std::string_view found;
  for (size_t at = stack_trace.find(kFrame); at != std::string_view::npos;) {
    const size_t next = stack_trace.find(kFrame, at + kFrame.size());
    const std::string_view frame =
        stack_trace.substr(at + kFrame.size(), next == std::string_view::npos ? next : next - at - kFrame.size());
    if (found.empty() || frame.substr(0, frame.find('"')).find("/torch/") == std::string_view::npos) found = frame;
    at = next;
  }
  return found.empty() ? std::string() : described(found);
}

}  // namespace headrace::pt2
