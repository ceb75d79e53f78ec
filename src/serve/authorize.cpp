#include "serve/authorize.h"

#include <cctype>
#include <cstddef>

namespace headrace::serve {
namespace {

constexpr std::string_view kBearer = "bearer ";

// The token of "Bearer TOKEN"; the scheme's name is case-insensitive (RFC 9110).
std::string_view bearer_token(std::string_view authorization) {
  if (authorization.size() < kBearer.size()) return {};
  for (size_t i = 0; i < kBearer.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(authorization[i])) != kBearer[i]) return {};
  authorization.remove_prefix(kBearer.size());
  return authorization.substr(std::min(authorization.find_first_not_of(' '), authorization.size()));
}

// Takes as long for any wrong token of one length: the time shall not tell how much of it was right.
bool equal(std::string_view token, std::string_view given) {
  unsigned char difference = token.size() == given.size() ? 0 : 1;
  for (size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(token[i % token.size()]);
  return difference == 0;
}

}  // namespace

bool authorized(const Access& access, Scope scope, std::string_view authorization) {
  if (scope == Scope::kOpen) return true;
  const std::string_view given = bearer_token(authorization);
  const bool control = scope == Scope::kControl && !access.control_token.empty();
  const std::string& token = control ? access.control_token : access.data_token;
  return token.empty() || equal(token, given);
}

}  // namespace headrace::serve
