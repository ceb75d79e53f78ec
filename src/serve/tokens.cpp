#include "serve/tokens.h"

#include <cstdlib>
#include <string_view>

#include "base/mapped_file.h"

namespace headrace::serve {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
}

Result<std::string> token_of_file(const std::string& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  std::string token = trimmed({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()});
  if (token.empty()) return invalid_argument("the file of a token is empty").at(path);
  return token;
}

Status read_token(std::string& token, const std::string& path, const char* variable) {
  if (!path.empty()) {
    HEADRACE_TRY(token, token_of_file(path));
    return Ok{};
  }
  const char* value = std::getenv(variable);
  if (value == nullptr) return Ok{};
  token = trimmed(value);
  if (token.empty())
    return invalid_argument("the variable " + std::string(variable) + " is set, but empty: give a token, or unset it");
  return Ok{};
}

}  // namespace

Status read_tokens(Access& access) {
  HEADRACE_CHECK(read_token(access.data_token, access.data_token_file, "HEADRACE_DATA_TOKEN"));
  return read_token(access.control_token, access.control_token_file, "HEADRACE_CONTROL_TOKEN");
}

}  // namespace headrace::serve
